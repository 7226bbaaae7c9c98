/** Holds on a database: made with an owner and an end, ended by their owner, and what a stopped agent left only on a word. */
import test from 'ava';
import type { DatabaseState } from '../../src/core/database/state.ts';
import type { Hold } from '../../src/core/holds.ts';
import { databaseStateRecord } from '../../src/store/database-records.ts';
import * as keys from '../../src/store/keys.ts';
import { holdRecord } from '../../src/store/schema.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const HOLD = keys.holdKey('database/keystone');
const STATE = keys.databaseStateKey('keystone');
const HOUR_MS = 3_600_000;

function annsCloud(): Cloud {
  const cloud = healthyCloud();
  cloud.environment = { USER: 'root', SUDO_USER: 'ann' };
  return cloud;
}

function holdIn(cloud: Cloud): Hold | undefined {
  const entry = cloud.global.state.get(HOLD);
  return entry === undefined ? undefined : holdRecord.decode(HOLD, entry.value);
}

const minutesLeft = (cloud: Cloud) => Math.round(((holdIn(cloud)?.expiresAtMs ?? 0) - cloud.time.wallMs()) / 60_000);

function putHold(cloud: Cloud, difference: Partial<Hold> = {}, key = HOLD): void {
  const expiresAtMs = cloud.time.wallMs() + HOUR_MS;
  const hold = { scope: 'database/keystone', owner: 'bob@north-1', reason: 'upgrade', expiresAtMs, ...difference };
  cloud.put(cloud.global, key, holdRecord.encode(hold));
}

const stateIn = (cloud: Cloud): DatabaseState =>
  databaseStateRecord.decode(STATE, cloud.global.state.get(STATE)?.value ?? '');

function stopAgent(cloud: Cloud): void {
  const hold = { owner: 'north-3', reason: 'the agent of the primary was stopped in order', sinceMs: 0 };
  cloud.put(cloud.global, STATE, databaseStateRecord.encode({ ...stateIn(cloud), hold }));
}

test('a hold has an owner, a reason and an end, and may be prolonged', async (t) => {
  const cloud = annsCloud();
  const made = await cloud.run('database', 'hold', '--why', 'network maintenance');
  t.is(made.code, 0, made.err);
  t.like(holdIn(cloud), { scope: 'database/keystone', owner: 'ann@south-1', reason: 'network maintenance' });
  t.is(minutesLeft(cloud), 60);
  t.is((await cloud.run('database', 'hold', '--why', 'longer', '--for', '90m')).code, 0);
  t.like(holdIn(cloud), { reason: 'longer' });
  t.is(minutesLeft(cloud), 90);
});

test('status lists it with its end, and is content', async (t) => {
  const cloud = annsCloud();
  await cloud.run('database', 'hold', '--why', 'network maintenance');
  const { code, out } = await cloud.run('status');
  t.is(code, 0);
  t.regex(out, /database\/keystone +by ann@south-1 +network maintenance +ends in 3600 s/);
});

test("somebody else's hold is neither replaced nor ended without a yes", async (t) => {
  const cloud = annsCloud();
  putHold(cloud);
  for (const words of [['hold', '--why', 'mine'], ['release']]) {
    const { code, err } = await cloud.run('database', ...words);
    t.is(code, 3);
    t.regex(err, /held by bob@north-1: upgrade/);
  }
  t.like(holdIn(cloud), { owner: 'bob@north-1' });
  t.is((await cloud.run('database', 'hold', '--why', 'mine', '--yes')).code, 0);
  t.like(holdIn(cloud), { owner: 'ann@south-1' });
  putHold(cloud);
  t.is((await cloud.run('database', 'release', '--yes')).code, 0);
  t.is(holdIn(cloud), undefined);
});

test('a hold that has ended is nobody’s any more', async (t) => {
  const cloud = annsCloud();
  putHold(cloud, { expiresAtMs: cloud.time.wallMs() });
  t.is((await cloud.run('database', 'release')).code, 3);
  t.is((await cloud.run('database', 'hold', '--why', 'mine')).code, 0);
});

test('a hold that cannot be read is released with a yes', async (t) => {
  const cloud = annsCloud();
  cloud.put(cloud.global, HOLD, '{');
  t.is((await cloud.run('database', 'release')).code, 3);
  t.is((await cloud.run('database', 'release', '--yes')).code, 0);
});

const nothing = test.macro({
  async exec(t, arrange: (cloud: Cloud) => void, said: RegExp) {
    const cloud = annsCloud();
    arrange(cloud);
    const { code, err } = await cloud.run('database', 'release');
    t.is(code, 3);
    t.regex(err, said);
  },
  title: (given) => `nothing to release: ${given}`,
});
test('nobody holds it', nothing, () => {}, /nobody holds database\/keystone$/m);
test(
  'somebody holds everything',
  nothing,
  (cloud) => putHold(cloud, { scope: '*' }, keys.holdKey('everything')),
  /but bob@north-1 holds \*/,
);
test(
  'an agent was stopped in order',
  nothing,
  stopAgent,
  /held by north-3: .*Start its agent again.*--server-is-closed/,
);

test('what a stopped agent left is listed, and ends on the word that its server is closed', async (t) => {
  const cloud = annsCloud();
  stopAgent(cloud);
  t.regex((await cloud.run('status')).out, /database\/keystone +by north-3 .* ends when its agent is back/);
  const { code, out, err } = await cloud.run('database', 'release', '--server-is-closed');
  t.is(code, 0, err);
  t.regex(out, /the hold that the agent of north-3 left is released/);
  t.is(stateIn(cloud).hold, null);
  t.is((await cloud.run('database', 'release', '--server-is-closed')).code, 3);
});

const usage = test.macro({
  async exec(t, words: readonly string[], said: RegExp) {
    const cloud = annsCloud();
    const { code, err } = await cloud.run('database', 'hold', ...words);
    t.is(code, 2);
    t.regex(err, said);
    t.is(holdIn(cloud), undefined);
  },
  title: (_, words: readonly string[]) => `no hold: ${words.join(' ') || 'without a reason'}`,
});
test(usage, [], /--why/);
test(usage, ['--why', ' '], /say what the hold is for/);
test(usage, ['--why', 'x', '--for', '90'], /90 has no unit/);
test(usage, ['--why', 'x', '--for', '1s'], /from 1m to 168h/);
test(usage, ['--why', 'x', '--for', '169h'], /from 1m to 168h/);
