import test from 'ava';
import { exitCodes, exitCodesHelp } from '../../src/cli/exit-codes.ts';
import { healthyCloud } from './a-cloud.ts';

const ESCAPE = '\u001b[';

test('--help names every command and every exit code', async (t) => {
  const { code, out } = await healthyCloud().run('--help');
  t.is(code, 0);
  for (const command of ['status', 'events', 'policy']) t.regex(out, new RegExp(`^  ${command}`, 'm'));
  for (const number of Object.values(exitCodes)) t.regex(exitCodesHelp, new RegExp(`^  ${number}  `, 'm'));
  t.true(out.includes(exitCodesHelp));
});

test('each command of policies has help of its own', async (t) => {
  for (const command of ['check', 'diff', 'apply', 'list', 'show', 'delete']) {
    const { code, out } = await healthyCloud().run('policy', command, '--help');
    t.is(code, 0);
    t.true(out.startsWith(`Usage: regentctl policy ${command}`), out);
  }
});

test('--version prints the version', async (t) => {
  t.deepEqual(await healthyCloud().run('--version'), { code: 0, out: '0.1.0\n', err: '' });
});

test('a command line that is not understood ends with 2', async (t) => {
  for (const argv of [['frob'], ['status', '--frob'], ['policy', 'apply'], ['policy', 'show'], []]) {
    t.is((await healthyCloud().run(...argv)).code, 2, argv.join(' '));
  }
});

test('a bad configuration ends with 2 and names every problem, also for machines', async (t) => {
  const cloud = healthyCloud();
  cloud.config = cloud.config.replace('node: south-1', 'nod: south-1');
  const { code, err, out } = await cloud.run('status', '--json');
  t.is(code, 2);
  t.regex(err, /nod: is not known here/);
  t.regex(JSON.parse(out).error, /node: is missing/);
});

test('colour is for terminals only, and NO_COLOR and --json switch it off', async (t) => {
  const cloud = healthyCloud();
  t.false((await cloud.run('status')).out.includes(ESCAPE));
  cloud.isTerminal = true;
  t.true((await cloud.run('status')).out.includes(ESCAPE));
  t.false((await cloud.run('status', '--json')).out.includes(ESCAPE));
  cloud.environment = { NO_COLOR: '1' };
  t.false((await cloud.run('status')).out.includes(ESCAPE));
});
