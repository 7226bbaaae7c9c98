/** A db agent's rounds, and the fence beside them (F1): at the deadline the server is closed, whatever a round waits for. */
import test from 'ava';
import { memberRecord } from '../../../src/store/database-records.ts';
import { databaseMemberKey } from '../../../src/store/keys.ts';
import { settle } from '../fake-time.ts';
import { aMember, DATABASE, NODE, PRIMARY_KEY, putMember, putState, STATE_KEY, stateIn, steady } from './a-database.ts';
import { aMemberDuty, aPrimary } from './a-member.ts';
import { aLook, replicating } from './a-server.ts';
import { never } from './a-store.ts';

const TTL_MS = 3000;
/** From the last acknowledged renewal on. */
const DEADLINE_MS = 2400;
const CLOSE = 'close within 300';

const readOnly = { ...aLook, readOnly: true };
const elsewhere = { ...steady, primary: 'north-2', primaryInvocation: 'inv-9' };

test('an adopted primary takes its key and is not closed', async (t) => {
  const { stored, duty, server, told, right } = aMemberDuty();
  putState(stored, { ...steady, switchedAtMs: 0 });
  t.is(await duty.tick(never), 0, 'there is more to do');
  t.true(right.holds(7n));
  t.true(duty.isPrimary);
  t.not(stateIn(stored).switchedAtMs, 0);
  t.false(server.calls.includes(CLOSE));
  t.deepEqual(told.names, ['database:primary:resumed']);
});

test('a primary with its key has nothing to do and writes nothing', async (t) => {
  const { stored, duty, server, published } = await aPrimary();
  const before = { revision: stored.revision, published: published.length };
  t.is(await duty.tick(never), undefined);
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before.revision);
  t.is(published.length, before.published);
  t.deepEqual(server.calls, []);
});

test('a holder whose write finds another state than its view shows reads the store again', async (t) => {
  const { stored, duty, view } = await aPrimary();
  putMember(stored, aMember('north-2'));
  view.freeze();
  putState(stored, { ...stateIn(stored), hold: { owner: 'somebody', reason: 'else', sinceMs: 1 } });
  await duty.tick(never);
  t.is(view.refreshes, 1);
  view.thaw();
  await duty.tick(never);
  t.is(view.refreshes, 1);
  t.deepEqual(stateIn(stored).electable, ['north-2']);
});

test('the term is on disk before anything is done under it', async (t) => {
  const { stored, duty, server, world } = aMemberDuty();
  server.facts = readOnly;
  putState(stored, { ...elsewhere, term: 9n });
  await duty.tick(never);
  t.is(world.notes.highestTerm, 9n);
  t.is(server.calls[0], 'note 9 -');
});

test('without a policy nothing is looked at and nothing is done', async (t) => {
  const { stored, duty, world, published, server } = aMemberDuty();
  world.policy = undefined;
  putState(stored, elsewhere);
  t.is(await duty.tick(never), undefined);
  t.deepEqual(published, []);
  t.deepEqual(server.calls, []);
});

test('as long as the lease is renewed the server stays open', async (t) => {
  const { time, server, right } = await aPrimary();
  await time.advance(20 * TTL_MS);
  t.true(right.isAlive);
  t.deepEqual(server.calls, []);
});

test('at the deadline the server is closed, not before, and another round is asked for', async (t) => {
  const { stored, time, server, told, world } = await aPrimary();
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS - 1);
  t.deepEqual(server.calls, []);
  await time.advance(1);
  t.deepEqual(server.calls, [CLOSE]);
  t.true(server.facts.readOnly);
  t.deepEqual(told.names, ['database:primary:demoted']);
  t.is(world.wakes, 1);
});

for (const where of ['look', 'publish'] as const) {
  test(`at the deadline the server is closed although a round hangs in ${where}`, async (t) => {
    const { stored, time, server, duty, world } = await aPrimary();
    const held = Promise.withResolvers<void>();
    const letGo = where === 'look' ? server.hang('look') : held.resolve;
    world.publishing = held.promise;
    stored.delete(databaseMemberKey(DATABASE, NODE));
    stored.loses = 'requests';
    const round = duty.tick(never);
    await time.advance(DEADLINE_MS - 1);
    t.deepEqual(server.calls, []);
    await time.advance(1);
    t.deepEqual(server.calls, [CLOSE]);
    letGo();
    held.resolve();
    stored.loses = undefined;
    await time.advance(TTL_MS);
    await round;
  });
}

test('a server that is not read-only 300 ms after the deadline is killed', async (t) => {
  const { stored, time, server, told } = await aPrimary();
  server.closes = 'hangs';
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS + 299);
  t.deepEqual(server.calls, [CLOSE]);
  await time.advance(1);
  t.deepEqual(server.calls, [CLOSE, 'kill']);
  t.deepEqual(told.names, ['database:primary:killed']);
});

test('a renewal after the round moves the deadline', async (t) => {
  const { stored, time, server } = await aPrimary();
  await time.advance(600);
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS - 1);
  t.deepEqual(server.calls, []);
  await time.advance(1);
  t.deepEqual(server.calls, [CLOSE]);
});

test('a deadline that passed while no timer could fire counts when the next round looks', async (t) => {
  const { stored, time, server, duty, timers } = await aPrimary();
  timers.isHeldUp = true;
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS + 100);
  t.deepEqual(server.calls, []);
  // A state that has just changed lets a round without the key wait for it.
  putState(stored, { ...steady, switchedAtMs: 5 });
  timers.isHeldUp = false;
  const round = t.throwsAsync(duty.tick(never));
  await settle();
  t.deepEqual(server.calls, [CLOSE]);
  await time.advance(5_000);
  await round;
});

test('a server that was closed at the deadline is closed once, and opened again with the lease', async (t) => {
  const { stored, time, server, duty, right } = await aPrimary();
  stored.cluster.loseLeader();
  await time.advance(TTL_MS);
  t.deepEqual(server.calls, [CLOSE]);
  stored.cluster.electLeader();
  await time.advance(1000);
  t.true(right.holds(7n));
  await duty.tick(never);
  t.deepEqual(server.calls, [CLOSE, 'open']);
});

test('a lease granted after the old one was gone opens nothing, however old the view is', async (t) => {
  const { stored, time, server, duty, view } = await aPrimary();
  view.freeze();
  stored.cluster.revokeLease('1');
  await time.advance(TTL_MS);
  t.is(stored.cluster.ttlOf('2'), TTL_MS, 'a new lease is held');
  for (let round = 0; round < 3; round += 1) await duty.tick(never);
  t.is(server.calls[0], CLOSE);
  t.false(server.calls.includes('open'));
  t.true(server.facts.readOnly);
});

test('a key that is gone from the store ends the right: the server is closed, and opened with a new key', async (t) => {
  const { stored, duty, right, server } = await aPrimary();
  const before = stored.entry(PRIMARY_KEY)?.createRevision;
  stored.delete(PRIMARY_KEY);
  await duty.tick(never);
  t.false(right.isAlive);
  t.deepEqual(server.calls, [CLOSE]);
  await duty.tick(never);
  t.true(right.holds(7n), 'nothing was handed over');
  t.not(stored.entry(PRIMARY_KEY)?.createRevision, before);
  await duty.tick(never);
  t.deepEqual(server.calls, [CLOSE, 'open']);
});

test('a server that is open without a right is closed', async (t) => {
  const { stored, duty, server, told } = aMemberDuty();
  putState(stored, elsewhere);
  t.is(await duty.tick(never), 0);
  t.is(server.calls[0], CLOSE);
  t.deepEqual(told.names, ['database:primary:demoted']);
});

test('it is closed although the store takes nothing', async (t) => {
  const { stored, duty, server, world } = aMemberDuty();
  putState(stored, elsewhere);
  world.publishing = new Promise(() => {});
  void duty.tick(never);
  await settle();
  t.deepEqual(server.calls, [CLOSE]);
});

test('it is closed although the notes on disk cannot be read', async (t) => {
  const { stored, duty, server, world } = aMemberDuty();
  putState(stored, elsewhere);
  world.notesAreTorn = true;
  await duty.tick(never);
  t.deepEqual(server.calls, [CLOSE]);
});

test('with notes that cannot be read nothing else is done, and it is an error', async (t) => {
  const { stored, duty, server, world, published } = aMemberDuty();
  putState(stored, { ...steady, switchedAtMs: 0 });
  world.notesAreTorn = true;
  await t.throwsAsync(duty.tick(never), { instanceOf: SyntaxError });
  t.deepEqual(server.calls, []);
  t.deepEqual(published, []);
  t.is(stored.entry(PRIMARY_KEY), undefined);
});

test('nothing is told of a server whose notes cannot be read: it might be a quarantined one', async (t) => {
  const { duty, world, published } = aMemberDuty();
  world.notesAreTorn = true;
  await t.throwsAsync(duty.tick(never), { instanceOf: SyntaxError });
  t.deepEqual(published, []);
});

test('a store that is older than what this node has seen is not believed, which is told once', async (t) => {
  const { stored, duty, told, world, server } = aMemberDuty();
  world.notes = { highestTerm: 9n, quarantinedAt: undefined, followedTerm: undefined };
  server.facts = readOnly;
  putState(stored, steady);
  await duty.tick(never);
  await duty.tick(never);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.deepEqual(
    told.events.map((event) => event.refusal),
    ['StaleEpoch'],
  );
  t.is(world.notes.highestTerm, 9n);
});

test('a record that cannot be read stops everything, is told once, and closes nothing that has its right', async (t) => {
  const { stored, duty, told, server } = await aPrimary();
  stored.put(STATE_KEY, '{"format":99}');
  t.is(await duty.tick(never), undefined);
  await duty.tick(never);
  t.deepEqual(server.calls, []);
  t.deepEqual(told.names, ['database:promotion:refused']);
  t.is(stored.entry(STATE_KEY)?.value, '{"format":99}');
});

test('the fence holds also while a record cannot be read', async (t) => {
  const { stored, duty, server, time } = await aPrimary();
  stored.put(STATE_KEY, '{"format":99}');
  await duty.tick(never);
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS);
  t.deepEqual(server.calls, [CLOSE]);
});

test('the member is told to the store as it is', async (t) => {
  const { stored, duty, server } = aMemberDuty();
  server.facts = {
    ...readOnly,
    semiSync: { ...aLook.semiSync, replicaEnabled: true },
    replication: replicating,
  };
  putState(stored, elsewhere);
  await duty.tick(never);
  const key = databaseMemberKey(DATABASE, NODE);
  t.like(memberRecord.decode(key, stored.entry(key)?.value ?? ''), {
    node: NODE,
    region: 'north',
    bootId: 'boot-1',
    serverInvocation: 'inv-1',
    serverUp: true,
    readOnly: true,
    follows: 'north-2',
    semiSyncReplica: true,
    quarantined: false,
  });
});

test('a server that does not answer, and one that does not run, are told as such', async (t) => {
  const { stored, duty, server, published } = aMemberDuty();
  putState(stored, elsewhere);
  server.isReachable = false;
  await duty.tick(never);
  t.like(published[0], { serverUp: false, serverInvocation: 'inv-1', readOnly: true });
  server.running = undefined;
  await duty.tick(never);
  t.like(published.at(-1), { serverUp: false, serverInvocation: '' });
});

test('what is told is told again when it is gone from the store, but not while the store is away', async (t) => {
  const { stored, duty, view, published } = await aPrimary();
  const before = published.length;
  stored.delete(databaseMemberKey(DATABASE, NODE));
  view.awayMs = 1;
  await duty.tick(never);
  t.is(published.length, before);
  view.awayMs = 0;
  await duty.tick(never);
  t.is(published.length, before + 1);
  await duty.tick(never);
  t.is(published.length, before + 1);
});

test('an error of the server that is no silence is an error of the round', async (t) => {
  const { stored, duty, server } = aMemberDuty();
  putState(stored, elsewhere);
  server.look = async () => {
    throw new TypeError('a defect');
  };
  await t.throwsAsync(duty.tick(never), { instanceOf: TypeError });
});

test('the open primary writes its probe row; one that is read-only looks for the row of others', async (t) => {
  const { duty, server, time } = await aPrimary();
  await duty.probeWrites(never);
  t.deepEqual(server.calls, [`write 7 ${NODE} ${time.wallMs()}`]);
  const replica = aMemberDuty();
  replica.server.facts = readOnly;
  putState(replica.stored, elsewhere);
  await replica.duty.tick(never);
  replica.server.calls.length = 0;
  await replica.duty.probeWrites(never);
  t.deepEqual(replica.server.calls, []);
});

test('no probe row is written before the first look, nor right before the deadline', async (t) => {
  const fresh = aMemberDuty();
  await fresh.duty.probeWrites(never);
  t.deepEqual(fresh.server.calls, []);
  const { duty, server, stored, time } = await aPrimary();
  stored.loses = 'requests';
  await time.advance(DEADLINE_MS - 500);
  server.calls.length = 0;
  await duty.probeWrites(never);
  t.true(duty.isPrimary);
  t.deepEqual(server.calls, []);
});

test('what people may ask for is there after the first round', async (t) => {
  const { duty, stored, world } = aMemberDuty();
  t.is(duty.seen, undefined);
  world.notes = { highestTerm: 7n, quarantinedAt: 6n, followedTerm: undefined };
  putState(stored, elsewhere);
  await duty.tick(never);
  t.is(duty.seen?.server.look?.serverId, 103);
  t.is(duty.seen?.notes.quarantinedAt, 6n);
  t.false(duty.isPrimary);
});
