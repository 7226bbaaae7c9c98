/** How a db agent's duty ends: with a hold if it comes back, without one if its host goes down (I6). */
import test from 'ava';
import { database, inForce } from '../../core/a-region.ts';
import { settle } from '../fake-time.ts';
import { NODE, PRIMARY_KEY, putState, stateIn, steady } from './a-database.ts';
import { aMemberDuty, aPrimary } from './a-member.ts';
import { aLook } from './a-server.ts';
import { never } from './a-store.ts';

const TTL_MS = 3000;
/** From the last acknowledged renewal on. */
const DEADLINE_MS = 2400;
const CLOSE = 'close within 300';

const readOnly = { ...aLook, readOnly: true };
const elsewhere = { ...steady, primary: 'north-2', primaryInvocation: 'inv-9' };

test('an orderly stop writes a hold, leaves the server open and the key to the next process (I6)', async (t) => {
  const { duty, server, stored, time, right } = await aPrimary();
  await duty.stopInOrder({ hostStops: false });
  t.is(stateIn(stored).hold?.owner, NODE);
  t.deepEqual(server.calls, ['end']);
  t.false(right.isAlive);
  t.not(stored.entry(PRIMARY_KEY), undefined);
  await time.advance(2 * TTL_MS);
  t.deepEqual(server.calls, ['end'], 'no fence is left behind');
  t.is(stored.entry(PRIMARY_KEY), undefined);
});

test('a hold that cannot be written costs the server: it is closed, not later than the deadline', async (t) => {
  const { duty, server, stored, time } = await aPrimary();
  stored.loses = 'requests';
  const stopped = duty.stopInOrder({ hostStops: false });
  await time.advance(DEADLINE_MS);
  t.is(server.calls[0], CLOSE);
  await time.advance(5_000);
  await stopped;
  t.true(server.facts.readOnly);
  t.is(server.calls.at(-1), 'end');
  t.is(stateIn(stored).hold, null);
});

test('a stop waits for the closing that runs', async (t) => {
  const { duty, server, stored, time } = await aPrimary();
  server.closes = 'hangs';
  stored.cluster.revokeLease('1');
  await time.advance(1_000);
  const round = duty.tick(never);
  await settle();
  const stopped = duty.stopInOrder({ hostStops: false });
  await settle();
  t.deepEqual(server.calls, [CLOSE]);
  await time.advance(300);
  await Promise.all([round, stopped]);
  t.deepEqual(server.calls, [CLOSE, 'kill', 'end']);
});

test('an orderly stop with a view that is a write behind tries again and closes nothing', async (t) => {
  const { duty, server, stored, view, time } = await aPrimary();
  view.freeze();
  putState(stored, { ...stateIn(stored), ackersVersion: 5 });
  const stopped = duty.stopInOrder({ hostStops: false });
  await settle();
  view.thaw();
  await time.advance(200);
  await stopped;
  t.like(stateIn(stored), { ackersVersion: 5 });
  t.is(stateIn(stored).hold?.owner, NODE);
  t.deepEqual(server.calls, ['end']);
});

test('a host that goes down closes its server, gives the key away and leaves no hold', async (t) => {
  const { duty, server, stored } = await aPrimary();
  await duty.stopInOrder({ hostStops: true });
  t.deepEqual(server.calls, [CLOSE, 'end']);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.is(stateIn(stored).hold, null);
});

for (const hostStops of [false, true]) {
  test(`a replica that is stopped${hostStops ? ' with its host' : ''} writes nothing and closes nothing`, async (t) => {
    const { duty, server, stored } = aMemberDuty();
    server.facts = readOnly;
    putState(stored, elsewhere);
    await duty.tick(never);
    server.calls.length = 0;
    const before = stored.revision;
    await duty.stopInOrder({ hostStops });
    t.deepEqual(server.calls, ['end']);
    t.is(stored.revision, before);
  });
}

test('a policy that only observes lets the primary go: the key is given up, the server stays open, no fence is left', async (t) => {
  const { duty, server, stored, time, right, world } = await aPrimary();
  world.policy = inForce({ ...database, mode: 'observe' }, 6n);
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'unmanaged');
  await duty.tick(never);
  t.false(right.isAlive);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  await time.advance(2 * TTL_MS);
  await duty.tick(never);
  t.false(server.facts.readOnly);
  t.deepEqual(
    server.calls.filter((call) => call === CLOSE),
    [],
  );
});
