/** The arbiter's hand on a database's state: one guarded write, and none by whoever is not the arbiter any more. */
import test from 'ava';
import { StoreUnavailable } from '../../../src/store/errors.ts';
import { database, inForce } from '../../core/a-region.ts';
import {
  aMember,
  DATABASE,
  ownKey,
  PRIMARY_KEY,
  putMember,
  putPrimary,
  putState,
  STATE_KEY,
  stateIn,
  steady,
} from './a-database.ts';
import { never } from './a-store.ts';
import { anArbiter, lost, opensAfter, settled, TTL_MS } from './an-arbiter.ts';

test('a live database is adopted, told once, and then nothing is written', async (t) => {
  const { stored, duty, told } = anArbiter();
  for (const { node } of database.members)
    putMember(stored, aMember(node, { policyRevision: inForce(database).revision }));
  t.is(await duty.tick(never), 0, 'there may be more to decide');
  t.is(stateIn(stored).primary, 'north-3');
  t.deepEqual(told.names, ['database:primary:adopted']);
  putPrimary(stored, { ...ownKey, term: 1n });
  const before = stored.revision;
  t.is(await duty.tick(never), undefined);
  await stored.time.advance(10 * TTL_MS);
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before);
});

test('a primary that is gone leads to a ballot, in one write', async (t) => {
  const { stored, duty, told } = await lost();
  const before = stored.revision;
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'ballot');
  t.is(stored.revision, before + 1n);
  t.deepEqual(told.names, ['database:ballot:opened']);
});

test('while something is open the arbiter looks often', async (t) => {
  const { duty } = await lost();
  t.is(await duty.tick(never), 0);
  t.is(await duty.tick(never), 250);
});

test('while the primary is absent and its grace runs, the arbiter looks often', async (t) => {
  const { stored, duty } = anArbiter();
  putState(stored, steady);
  t.is(await duty.tick(never), 250);
});

test('an arbiter that was deposed and does not know it writes and tells nothing', async (t) => {
  const { stored, duty, told, leadership } = await lost();
  leadership.depose();
  const before = stored.revision;
  t.is(await duty.tick(never), 0);
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
});

test('an arbiter that knows that it was deposed does not even ask', async (t) => {
  const { stored, duty, leadership } = await lost();
  leadership.stepDown();
  stored.loses = 'requests';
  t.is(await duty.tick(never), undefined);
});

test('a state that changed since it was read is not written over', async (t) => {
  const { stored, view, duty, told } = await lost();
  view.freeze();
  putState(stored, { ...steady, hold: { owner: 'north-3', reason: 'stopped', sinceMs: 1 } });
  const before = stored.revision;
  t.is(await duty.tick(never), 0);
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
});

test('a write without an answer is an error of this tick, and the next one goes on from what stands', async (t) => {
  const { stored, duty, told } = await lost();
  stored.loses = 'answers';
  const failed = t.throwsAsync(duty.tick(never), { instanceOf: StoreUnavailable });
  await stored.time.advance(500);
  await failed;
  stored.loses = undefined;
  t.is(stateIn(stored).phase, 'ballot');
  t.is(await duty.tick(never), 250);
  t.is(stateIn(stored).term, 8n, 'no second ballot was opened');
  t.deepEqual(told.names, []);
});

test('an arbiter that saw the primary go waits for nothing more', async (t) => {
  t.is(await opensAfter(await lost()), 0);
});

test('an arbiter that finds no key at its first look gives the holder its whole lease', async (t) => {
  const world = anArbiter();
  putState(world.stored, steady);
  t.is(await opensAfter(world), TTL_MS);
});

test('after a store that was away the holder gets its whole lease, because nobody saw how it went', async (t) => {
  const world = await settled();
  world.view.awayMs = 1;
  t.is(await world.duty.tick(never), undefined);
  world.stored.delete(PRIMARY_KEY);
  await world.stored.time.advance(10 * TTL_MS);
  world.view.awayMs = 0;
  t.is(await opensAfter(world), TTL_MS);
});

test('the time in which the store was away does not count as absence', async (t) => {
  const world = await lost();
  putState(world.stored, { ...steady, unfinished: { term: 7n, outcome: 'vetoed' } });
  await world.duty.tick(never);
  world.view.awayMs = 1;
  await world.stored.time.advance(10 * TTL_MS);
  await world.duty.tick(never);
  t.is(stateIn(world.stored).phase, 'steady');
  world.view.awayMs = 0;
  await world.duty.tick(never);
  t.is(stateIn(world.stored).phase, 'steady');
});

test('nothing is decided while the store is away', async (t) => {
  const { stored, view, duty } = await lost();
  view.awayMs = 1;
  const before = stored.revision;
  await duty.tick(never);
  t.is(stored.revision, before);
});

test('without a policy nothing is decided, and what was seen is forgotten', async (t) => {
  const world = await lost();
  world.wishes.policy = undefined;
  t.is(await world.duty.tick(never), undefined);
  t.is(stateIn(world.stored).phase, 'steady');
  world.wishes.policy = inForce(database, 5n);
  t.is(await opensAfter(world), TTL_MS);
});

test("an operator's hold keeps a ballot from opening, is told once, and ends by itself", async (t) => {
  const world = await lost();
  const { stored, duty, told, wishes } = world;
  const expiresAtMs = stored.time.wallMs() + 1000;
  wishes.holds = [{ scope: `database/${DATABASE}`, owner: 'ann', reason: 'maintenance', expiresAtMs }];
  await duty.tick(never);
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'steady');
  t.deepEqual(
    told.events.map((event) => event.refusal),
    ['OnHold'],
  );
  await stored.time.advance(1000);
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'ballot');
});

test('a hold over another database is no hold over this one', async (t) => {
  const world = await lost();
  const expiresAtMs = world.stored.time.wallMs() + 1000;
  world.wishes.holds = [{ scope: 'database/nova', owner: 'ann', reason: 'maintenance', expiresAtMs }];
  await world.duty.tick(never);
  t.is(stateIn(world.stored).phase, 'ballot');
});

for (const key of [STATE_KEY, PRIMARY_KEY]) {
  test(`${key} that cannot be read stops everything and is told once`, async (t) => {
    const { stored, duty, told } = await lost();
    stored.put(key, '{"format":99}');
    const before = stored.revision;
    t.is(await duty.tick(never), undefined);
    await duty.tick(never);
    t.is(stored.revision, before);
    t.deepEqual(told.names, ['database:promotion:refused']);
    t.like(told.events[0], { refusal: 'PreconditionUnmet', policyRevision: 5n });
  });
}
