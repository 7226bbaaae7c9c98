import test from 'ava';
import { sinceMs } from '../../src/cli/event-filter.ts';
import { keptEvent } from '../audit/events.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const NOW = 1_700_000_001_000;

function recorded(
  cloud: Cloud,
  minutesAgo: number,
  severity: 'info' | 'warning' | 'critical',
  store: 'regional' | 'global',
) {
  const atMs = NOW - minutesAgo * 60_000;
  const id = `${atMs}-south-1-00000000${minutesAgo}`;
  cloud.record(cloud[store], keptEvent({ id, atMs, severity, message: `${minutesAgo} minutes ago` }));
}

function withEvents(): Cloud {
  const cloud = healthyCloud();
  recorded(cloud, 9, 'critical', 'global');
  recorded(cloud, 7, 'info', 'regional');
  recorded(cloud, 5, 'warning', 'global');
  recorded(cloud, 3, 'info', 'regional');
  return cloud;
}

const ages = (out: string) => [...out.matchAll(/(\d) minutes ago/g)].map((match) => Number(match[1]));

test('events of both stores are shown as one trail, oldest first', async (t) => {
  const { code, out } = await withEvents().run('events');
  t.is(code, 0);
  t.deepEqual(ages(out), [9, 7, 5, 3]);
});

test('--since, --severity and --limit choose, and --json gives one object a line', async (t) => {
  const cloud = withEvents();
  t.deepEqual(ages((await cloud.run('events', '--since', '6m')).out), [5, 3]);
  t.deepEqual(ages((await cloud.run('events', '--severity', 'warning')).out), [9, 5]);
  t.deepEqual(ages((await cloud.run('events', '-n', '1')).out), [3]);
  t.deepEqual(ages((await cloud.run('events', '-n', '0')).out), [9, 7, 5, 3]);
  const lines = (await cloud.run('events', '--json')).out.trim().split('\n');
  t.deepEqual(
    lines.map((line) => JSON.parse(line).severity),
    ['critical', 'info', 'warning', 'info'],
  );
});

test('a value that cannot be understood is a usage error that shows how it is written', async (t) => {
  const cloud = withEvents();
  for (const argv of [
    ['--since', 'yesterday'],
    ['--severity', 'bad'],
    ['-n', 'x'],
  ]) {
    const { code, err } = await cloud.run('events', ...argv);
    t.is(code, 2, argv.join(' '));
    t.regex(err, /write/);
  }
});

test('--follow goes on with what comes, also after an outage, and repeats nothing', async (t) => {
  const cloud = withEvents();
  const { ran, ended } = cloud.begin('events', '--follow', '--since', '4m');
  await cloud.time.advance(1000);
  t.deepEqual(ages(ran.out), [3]);
  recorded(cloud, 2, 'info', 'regional');
  await cloud.time.advance(1000);
  t.deepEqual(ages(ran.out), [3, 2]);
  cloud.regional.loseLeader();
  await cloud.time.advance(10_000);
  t.is(ran.err.trim().split('\n').length, 1, 'an outage is told once');
  cloud.regional.electLeader();
  recorded(cloud, 1, 'info', 'regional');
  await cloud.time.advance(5000);
  t.deepEqual(ages(ran.out), [3, 2, 1]);
  cloud.interrupt.abort();
  await ended;
  t.is(ran.code, 0);
  t.is(cloud.time.pending, 0);
});

test('with a store away the others are shown, the command says that this is not all, and the exit code is 4', async (t) => {
  const cloud = withEvents();
  cloud.global.loseLeader();
  const { code, out, err } = await cloud.run('events');
  t.is(code, 4);
  t.deepEqual(ages(out), [7, 3]);
  t.regex(err, /not all/);
});

test('a time is a length back from now or a point in time, and nothing else', (t) => {
  t.is(sinceMs('90s', NOW), NOW - 90_000);
  t.is(sinceMs('1h30m', NOW), NOW - 5_400_000);
  t.is(sinceMs('2d', NOW), NOW - 172_800_000);
  t.is(sinceMs('2023-11-14T22:13:20Z', NOW), 1_700_000_000_000);
  for (const text of ['', '15', 'm', '1h x', 'tomorrow', '2023-13-45']) t.is(sinceMs(text, NOW), undefined, text);
});
