/** A primary with promises beside its lease: what it is asked for, what it is worth, and when it is over. */
import test from 'ava';
import { settle } from '../fake-time.ts';
import { aMember, DATABASE, NODE, PRIMARY_KEY, putMember, putState, STATE_KEY, stateIn, steady } from './a-database.ts';
import { aMemberDuty } from './a-member.ts';
import { never } from './a-store.ts';

const TTL_MS = 3_000;
const EVERY_MS = 600;
/** From the sending of the last request that was granted. */
const DEADLINE_MS = 2_400;
const CLOSE = 'close within 300';
const OTHERS = ['north-2', 'south-3'];

/** The primary with two others, which are named in the state and have promised. */
async function aPromisedPrimary() {
  const member = aMemberDuty();
  putState(member.stored, { ...steady, switchedAtMs: 0 });
  for (const node of OTHERS) putMember(member.stored, aMember(node));
  await member.time.advance(0);
  for (let tick = 0; tick < 6; tick += 1) await member.duty.tick(never);
  await member.time.advance(EVERY_MS);
  member.server.calls.length = 0;
  member.told.events.length = 0;
  return member;
}

async function ticking(member: Awaited<ReturnType<typeof aPromisedPrimary>>, forMs: number) {
  for (let passedMs = 0; passedMs < forMs; passedMs += 200) {
    const tick = member.duty.tick(never).catch(() => undefined);
    await member.time.advance(200);
    await Promise.race([tick, settle()]);
  }
}

test('the holder names who is electable, and asks each of them at the pace of its keep-alives', async (t) => {
  const { stored, time, peers, right } = await aPromisedPrimary();
  t.deepEqual(stateIn(stored).electable, OTHERS);
  t.deepEqual(right.required, OTHERS);
  peers.asked.length = 0;
  await time.advance(TTL_MS);
  t.is(peers.asked.length, 5 * OTHERS.length);
  t.like(peers.asked[0], {
    url: 'https://north-2:9465',
    request: { database: DATABASE, primary: NODE, forMs: TTL_MS },
  });
  t.is(right.promisedForMs, DEADLINE_MS);
});

test('who becomes electable is asked at once, and nobody else out of turn', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, duty, peers } = member;
  peers.asked.length = 0;
  putState(stored, { ...stateIn(stored), electable: [...OTHERS, 'south-2'] });
  putMember(stored, aMember('south-2'));
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(
    peers.asked.map(({ url }) => url),
    ['https://south-2:9465'],
  );
});

test('nobody is asked by a member without a right', async (t) => {
  const { stored, time, duty, peers } = aMemberDuty();
  putState(stored, { ...steady, primary: 'north-2', electable: [NODE] });
  await duty.tick(never);
  await time.advance(3 * TTL_MS);
  t.deepEqual(peers.asked, []);
});

test('a lost store alone closes nothing, and is told once; so is its return', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, server, told, right, view } = member;
  stored.cluster.loseLeader();
  view.awayMs = 1;
  await ticking(member, 20 * TTL_MS);
  t.true(right.isByPromises);
  t.false(server.calls.includes(CLOSE));
  t.deepEqual(told.names, ['database:primary:promised']);
  stored.cluster.electLeader();
  view.awayMs = 0;
  await ticking(member, TTL_MS);
  t.false(right.isByPromises);
  t.deepEqual(told.names, ['database:primary:promised', 'database:primary:resumed']);
});

test('a lost store and one silent member close the server when the last promise of that one runs out', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, server, peers, right, view, time, told } = member;
  stored.cluster.loseLeader();
  view.awayMs = 1;
  await ticking(member, 2 * TTL_MS);
  peers.silent.add('https://south-3:9465');
  const at = time.nowMs();
  await time.until(() => server.calls.includes(CLOSE), 50);
  t.true(time.nowMs() - at <= DEADLINE_MS);
  t.false(right.isAlive);
  await settle();
  t.regex(told.events.at(-1)?.message ?? '', /south-3 did not promise/);
});

test('what has lapsed is not revived by promises that come late', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, peers, right, view, time } = member;
  stored.cluster.loseLeader();
  view.awayMs = 1;
  await ticking(member, TTL_MS);
  peers.isHeldUp = true;
  await time.advance(DEADLINE_MS);
  t.false(right.isAlive);
  peers.letGo();
  await time.advance(10 * EVERY_MS);
  t.false(right.isAlive);
  const asked = peers.asked.length;
  await time.advance(10 * EVERY_MS);
  t.is(peers.asked.length, asked, 'a closed primary binds nobody');
});

test('a promise counts from when it was asked for, not from when the answer came', async (t) => {
  const { time, peers, right } = await aPromisedPrimary();
  peers.isHeldUp = true;
  await time.advance(EVERY_MS);
  await time.advance(400);
  peers.letGo();
  await settle();
  t.is(right.promisedForMs, DEADLINE_MS - 400);
});

test('a refused promise leaves the one before it', async (t) => {
  const { time, peers, right } = await aPromisedPrimary();
  for (const node of OTHERS) peers.refusing.add(`https://${node}:9465`);
  await time.advance(EVERY_MS);
  t.is(right.promisedForMs, DEADLINE_MS - EVERY_MS);
});

test('a lease that was revoked too early closes nothing: the key is taken again', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, server, right } = member;
  stored.cluster.revokeLease(stored.entry(PRIMARY_KEY)?.leaseId ?? '');
  t.is(stored.entry(PRIMARY_KEY), undefined);
  await ticking(member, TTL_MS);
  t.not(stored.entry(PRIMARY_KEY), undefined);
  t.true(right.hasKey(steady.term));
  t.false(server.calls.includes(CLOSE));
});

test('without promises a key that is gone closes the server', async (t) => {
  const member = await aPromisedPrimary();
  for (const node of OTHERS) member.peers.silent.add(`https://${node}:9465`);
  await member.time.advance(TTL_MS);
  member.stored.delete(PRIMARY_KEY);
  await member.duty.tick(never);
  t.true(member.server.calls.includes(CLOSE));
});

test('an electable that was written and not answered for counts from before it was sent', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, right, view, time, duty } = member;
  putMember(stored, aMember('south-2'));
  const before = stored.entry(STATE_KEY)?.modRevision;
  view.freeze();
  stored.answersLeft = 0;
  const lost = duty.tick(never).catch(() => undefined);
  await time.advance(1_000);
  await lost;
  t.not(stored.entry(STATE_KEY)?.modRevision, before, 'it was written all the same');
  t.true(right.required.includes('south-2'));
});

test('a host that goes down gives everybody their word back, when its server is closed', async (t) => {
  const { duty, peers, server } = await aPromisedPrimary();
  peers.asked.length = 0;
  await duty.stopInOrder({ hostStops: true });
  t.true(server.calls.includes(CLOSE));
  t.deepEqual(
    peers.asked.map(({ request }) => request.forMs),
    [0, 0],
  );
});

test('an agent that stops in order without its store closes the server when the promises run out', async (t) => {
  const member = await aPromisedPrimary();
  const { stored, view, time, duty, server } = member;
  stored.cluster.loseLeader();
  view.awayMs = 1;
  await ticking(member, 2 * TTL_MS);
  let isOver = false;
  const stopped = duty.stopInOrder({ hostStops: false }).then(() => {
    isOver = true;
  });
  await time.until(() => isOver, 100, 50);
  await stopped;
  t.true(server.calls.includes(CLOSE));
});
