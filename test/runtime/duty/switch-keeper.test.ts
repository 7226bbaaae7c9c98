/** When a db agent arms its dead man's switch (F2), when it takes the order back, and what it tells of it (I1). */
import test from 'ava';
import { settle } from '../fake-time.ts';
import { PRIMARY_KEY, putState, stateIn, steady } from './a-database.ts';
import { aMemberDuty, aPrimary } from './a-member.ts';
import { aLook } from './a-server.ts';
import { never } from './a-store.ts';

const TTL_MS = 3000;
/** From the last acknowledged renewal on. */
const DEADLINE_MS = 2400;
const RENEW_MS = TTL_MS / 5;

const readOnly = { ...aLook, readOnly: true };
const elsewhere = { ...steady, primary: 'north-2', primaryInvocation: 'inv-9' };

test('an adopted primary has ordered its end before it has its key', async (t) => {
  const { stored, duty, deadMansSwitch, right } = aMemberDuty();
  putState(stored, { ...steady, switchedAtMs: 0 });
  let isKeyThere: boolean | undefined;
  const armIfDisarmed = deadMansSwitch.armIfDisarmed.bind(deadMansSwitch);
  deadMansSwitch.armIfDisarmed = (order) => {
    isKeyThere = stored.entry(PRIMARY_KEY) !== undefined;
    return armIfDisarmed(order);
  };
  await duty.tick(never);
  t.true(right.holds(7n));
  t.false(isKeyThere);
  t.is(deadMansSwitch.armedFor, '7/inv-1');
});

test('every renewal moves the order, and it is never later than the right', async (t) => {
  const { time, right, deadMansSwitch } = await aPrimary();
  for (let renewal = 0; renewal < 10; renewal += 1) {
    await time.advance(RENEW_MS);
    t.is(deadMansSwitch.deadlineMs, time.nowMs() + right.remainingMs);
    t.is(deadMansSwitch.deadlineMs, time.nowMs() + DEADLINE_MS);
  }
});

test('a renewal that does not come leaves the order where it is, also when the right is gone', async (t) => {
  const { time, stored, server, deadMansSwitch } = await aPrimary();
  const dueMs = deadMansSwitch.deadlineMs;
  server.closes = 'hangs';
  server.killFails = true;
  stored.loses = 'requests';
  await time.advance(2 * TTL_MS);
  t.is(deadMansSwitch.deadlineMs, dueMs);
  t.deepEqual(deadMansSwitch.calls, []);
});

test('a key that is gone does not take the order back before the server was seen closed', async (t) => {
  const { stored, duty, server, deadMansSwitch } = await aPrimary();
  server.closes = 'no';
  server.killFails = true;
  stored.delete(PRIMARY_KEY);
  await t.throwsAsync(duty.tick(never));
  t.deepEqual(deadMansSwitch.calls, []);
  t.not(deadMansSwitch.deadlineMs, undefined);
});

for (const how of ['closed', 'killed'] as const) {
  test(`a server that was ${how} at the deadline is seen by the next round, which takes the order back`, async (t) => {
    const { stored, time, server, duty, deadMansSwitch } = await aPrimary();
    if (how === 'killed') server.closes = 'hangs';
    stored.loses = 'requests';
    await time.advance(DEADLINE_MS + 300);
    t.not(deadMansSwitch.deadlineMs, undefined, 'not by the closing itself');
    const round = duty.tick(never).catch(() => {});
    await settle();
    t.is(deadMansSwitch.deadlineMs, undefined);
    await time.advance(5_000);
    await round;
  });
}

test('a server that does not answer may be open: its order stands', async (t) => {
  const { stored, duty, server, deadMansSwitch } = await aPrimary();
  server.isReachable = false;
  server.closes = 'no';
  server.killFails = true;
  stored.delete(PRIMARY_KEY);
  await t.throwsAsync(duty.tick(never));
  t.not(deadMansSwitch.deadlineMs, undefined);
});

test('a replica takes back what the process before it left', async (t) => {
  const { stored, duty, server, deadMansSwitch } = aMemberDuty();
  server.facts = readOnly;
  putState(stored, elsewhere);
  deadMansSwitch.deadlineMs = 1;
  await duty.tick(never);
  t.deepEqual(deadMansSwitch.calls, ['disarm']);
});

test('a server is opened only after its end was ordered', async (t) => {
  const { stored, duty, server, deadMansSwitch, right, time } = await aPrimary();
  stored.cluster.loseLeader();
  await time.advance(TTL_MS);
  stored.cluster.electLeader();
  await time.advance(1_000);
  t.true(right.isAlive);
  server.calls.length = 0;
  deadMansSwitch.isBroken = true;
  await t.throwsAsync(duty.tick(never), { message: /no space left/ });
  t.deepEqual(server.calls, []);
  deadMansSwitch.isBroken = false;
  await duty.tick(never);
  t.deepEqual(server.calls, ['open']);
  t.is(deadMansSwitch.deadlineMs, time.nowMs() + right.remainingMs);
});

test('no key is taken for an open server whose end cannot be ordered', async (t) => {
  const { stored, duty, deadMansSwitch } = aMemberDuty();
  deadMansSwitch.isBroken = true;
  putState(stored, { ...steady, switchedAtMs: 0 });
  await t.throwsAsync(duty.tick(never), { message: /no space left/ });
  t.is(stored.entry(PRIMARY_KEY), undefined);
});

test('a switch that cannot be renewed is told once, until it can be again', async (t) => {
  const { time, deadMansSwitch, told } = await aPrimary();
  deadMansSwitch.isBroken = true;
  await time.advance(3 * RENEW_MS);
  t.deepEqual(told.names, ['database:fence:failed']);
  deadMansSwitch.isBroken = false;
  await time.advance(RENEW_MS);
  deadMansSwitch.isBroken = true;
  await time.advance(3 * RENEW_MS);
  t.deepEqual(told.names, ['database:fence:failed', 'database:fence:failed']);
});

test('an orderly stop takes the order back once the hold is written, and no renewal brings it back', async (t) => {
  const { stored, duty, time, deadMansSwitch } = await aPrimary();
  let isHeld = false;
  const disarm = deadMansSwitch.disarm.bind(deadMansSwitch);
  deadMansSwitch.disarm = () => {
    isHeld = stateIn(stored).hold !== null;
    disarm();
  };
  await duty.stopInOrder({ hostStops: false });
  t.true(isHeld);
  await time.advance(2 * TTL_MS);
  t.deepEqual(deadMansSwitch.calls, ['disarm']);
});

test('a host that goes down closes its server and takes the order back', async (t) => {
  const { duty, deadMansSwitch, time } = await aPrimary();
  await duty.stopInOrder({ hostStops: true });
  await time.advance(2 * TTL_MS);
  t.deepEqual(deadMansSwitch.calls, ['disarm']);
});

test('a stop without a hold and without a closed server leaves the order to the fence', async (t) => {
  const { stored, duty, server, time, deadMansSwitch } = await aPrimary();
  server.closes = 'no';
  server.killFails = true;
  stored.loses = 'requests';
  const stopped = duty.stopInOrder({ hostStops: false }).catch(() => 'failed');
  await time.advance(2 * TTL_MS);
  t.is(await stopped, 'failed');
  t.not(deadMansSwitch.deadlineMs, undefined);
});

test('a stopped replica takes back what was left; one whose server does not answer does not', async (t) => {
  const left = aMemberDuty();
  left.server.facts = readOnly;
  left.deadMansSwitch.deadlineMs = 1;
  await left.duty.stopInOrder({ hostStops: false });
  t.deepEqual(left.deadMansSwitch.calls, ['disarm']);
  const silent = aMemberDuty();
  silent.server.isReachable = false;
  silent.deadMansSwitch.deadlineMs = 1;
  await silent.duty.stopInOrder({ hostStops: false });
  t.deepEqual(silent.deadMansSwitch.calls, []);
});

test('what the fence did is one event, with its cause', async (t) => {
  const { stored, duty, server, told, deadMansSwitch } = aMemberDuty();
  server.facts = readOnly;
  putState(stored, elsewhere);
  deadMansSwitch.report = {
    version: 1,
    database: 'keystone',
    term: '6',
    how: 'killed',
    cause: 'its agent did not renew',
    atMs: Date.UTC(2026, 0, 2),
    tookMs: 310,
  };
  await duty.tick(never);
  await duty.tick(never);
  const fenced = told.events.filter((event) => event.name === 'database:primary:fenced');
  t.is(fenced.length, 1);
  t.like(fenced[0], { subject: 'keystone', cause: 'its agent did not renew', epoch: 6n, facts: { how: 'killed' } });
  t.regex(fenced[0]?.message ?? '', /north-3 killed mariadbd at 2026-01-02T00:00:00\.000Z, in 310 ms/);
});
