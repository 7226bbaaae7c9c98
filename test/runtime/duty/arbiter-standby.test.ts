/** Who only stands for the arbiter: it watches, writes and tells nothing, and what it saw counts once it is elected. */
import test from 'ava';
import { database } from '../../core/a-region.ts';
import {
  aMember,
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
import { anArbiter, opensAfter, TTL_MS } from './an-arbiter.ts';

/** Another one leads; the primary has its key, and who stands has seen it. */
async function standing() {
  const world = anArbiter();
  world.leadership.stepDown();
  putState(world.stored, steady);
  putPrimary(world.stored, ownKey);
  for (const { node } of database.members) putMember(world.stored, aMember(node));
  await world.duty.tick(never);
  return world;
}

type World = Awaited<ReturnType<typeof standing>>;

/** As the real one: the election is in the store before it is known, and the view is read after it. */
function elect({ leadership, view, stored }: World): void {
  leadership.elect();
  view.readAt = stored.time.nowMs();
}

/** The key goes before the eyes of who stands, and it is elected a second later. */
async function electedAfter(before: (world: World) => void | Promise<void>, difference?: object) {
  const world = await standing();
  if (difference !== undefined) putState(world.stored, { ...steady, ...difference });
  await before(world);
  await world.duty.tick(never);
  await world.stored.time.advance(1_000);
  elect(world);
  return world;
}

test('elected after it saw the primary go, it opens the ballot at once', async (t) => {
  const world = await electedAfter(({ stored }) => stored.delete(PRIMARY_KEY));
  t.is(await opensAfter(world), 0);
  t.is(stateIn(world.stored).ballot?.absentForMs, 1_000, 'counted from when it saw it go');
  t.deepEqual(world.told.names, ['database:ballot:opened']);
});

test('elected in the moment in which the primary goes, it opens the ballot at once', async (t) => {
  const world = await standing();
  world.stored.delete(PRIMARY_KEY);
  elect(world);
  t.is(await opensAfter(world), 0);
});

test('elected without having seen the primary, it waits a TTL from its first look, before the election, on', async (t) => {
  const world = anArbiter();
  world.leadership.stepDown();
  putState(world.stored, steady);
  await world.duty.tick(never);
  await world.stored.time.advance(1_000);
  elect(world);
  t.is(await opensAfter(world), TTL_MS - 1_000);
});

const unwitnessed = test.macro(async (t, breaks: (world: World) => void, heals: (world: World) => void) => {
  const world = await standing();
  breaks(world);
  await world.duty.tick(never);
  world.stored.delete(PRIMARY_KEY);
  await world.stored.time.advance(10 * TTL_MS);
  await world.duty.tick(never);
  heals(world);
  elect(world);
  t.is(await opensAfter(world), TTL_MS);
});

test(
  'what went while the view was away was not witnessed, and the time does not count',
  unwitnessed,
  ({ view }) => {
    view.awayMs = 1;
  },
  ({ view }) => {
    view.awayMs = 0;
  },
);

test(
  'what went while its own lease was lost was not witnessed',
  unwitnessed,
  ({ leadership }) => {
    leadership.since = undefined;
  },
  ({ leadership, stored }) => {
    leadership.since = stored.time.nowMs();
  },
);

test('a lease that was lost and is back between two looks is a break as well', async (t) => {
  const world = await standing();
  await world.stored.time.advance(10 * TTL_MS);
  world.stored.delete(PRIMARY_KEY);
  world.leadership.since = world.stored.time.nowMs();
  elect(world);
  t.is(await opensAfter(world), TTL_MS);
});

test('after a break nothing is seen before the view was read again, which is asked for once', async (t) => {
  const world = await standing();
  const { stored, view, leadership, duty } = world;
  await stored.time.advance(10 * TTL_MS);
  // The watch is quiet and still shows the key that went.
  view.freeze();
  stored.delete(PRIMARY_KEY);
  leadership.since = stored.time.nowMs();
  t.is(await duty.tick(never), 20);
  t.is(await duty.tick(never), 20);
  t.is(view.refreshes, 1);
  view.thaw();
  elect(world);
  t.is(await opensAfter(world), TTL_MS);
});

test('once elected it decides nothing by a view that is older than its election', async (t) => {
  const world = await electedAfter(({ stored }) => stored.delete(PRIMARY_KEY));
  const { stored, view, leadership, duty } = world;
  view.freeze();
  putPrimary(stored, ownKey);
  leadership.elect();
  const before = stored.revision;
  t.is(await duty.tick(never), 20);
  t.is(view.refreshes, 1);
  t.is(stored.revision, before);
  view.thaw();
  t.is(await duty.tick(never), undefined);
  t.is(stateIn(stored).phase, 'steady');
});

test('who stands writes and tells nothing, whatever it sees', async (t) => {
  const { stored, duty, told } = await standing();
  stored.delete(PRIMARY_KEY);
  const before = stored.revision;
  const requests = stored.requests;
  t.is(await duty.tick(never), undefined);
  await stored.time.advance(10 * TTL_MS);
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before);
  stored.put(STATE_KEY, '{"format":99}');
  t.is(await duty.tick(never), undefined);
  t.is(stored.requests, requests);
  t.deepEqual(told.names, []);
});

test('a refusal is told anew by each leadership', async (t) => {
  const world = await electedAfter(({ stored }) => stored.delete(PRIMARY_KEY), {
    hold: { owner: 'north-3', reason: 'stopped', sinceMs: 1 },
  });
  await world.duty.tick(never);
  await world.duty.tick(never);
  t.is(world.told.names.length, 1);
  world.leadership.stepDown();
  await world.duty.tick(never);
  elect(world);
  await world.duty.tick(never);
  t.is(world.told.names.length, 2);
});
