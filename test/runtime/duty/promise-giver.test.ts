/** What a member's word binds it to, and who can give it back. */
import test from 'ava';
import type { PromiseRequest } from '../../../src/core/database/promise.ts';
import { PromiseGiver } from '../../../src/runtime/duty/promise-giver.ts';
import { database, inForce } from '../../core/a-region.ts';
import { DATABASE, NODE, putState, steady } from './a-database.ts';
import { aSnapshot } from './a-member-snapshot.ts';
import { aLook } from './a-server.ts';
import { AStore, AView } from './a-store.ts';

const TTL_MS = database.ttlMs;
const closed = aSnapshot({ server: { invocation: 'inv-2', look: { ...aLook, readOnly: true } } });

async function aGiver() {
  const stored = new AStore();
  putState(stored, steady);
  const { time } = stored;
  const woken = { times: 0 };
  const giver = new PromiseGiver({
    wake: () => {
      woken.times += 1;
    },
    node: 'north-2',
    database: DATABASE,
    policy: () => inForce(database, 1n),
    view: new AView(stored),
    clock: time,
  });
  const ask = (difference: Partial<PromiseRequest> = {}, seen: typeof closed | undefined = closed) =>
    giver.answer({ database: DATABASE, primary: NODE, forMs: TTL_MS, asker: 'p1', sequence: 1, ...difference }, seen);
  return { stored, time, giver, ask, woken };
}

test('a giver that has just started is bound for one TTL', async (t) => {
  const { time, giver } = await aGiver();
  t.is(giver.boundForMs(TTL_MS), TTL_MS);
  await time.advance(TTL_MS - 1);
  t.is(giver.boundForMs(TTL_MS), 1);
  await time.advance(1);
  t.is(giver.boundForMs(TTL_MS), 0);
});

test('a promise binds from its receipt on, and each one anew', async (t) => {
  const { time, giver, ask } = await aGiver();
  await time.advance(10_000);
  t.like(ask(), { granted: true });
  t.is(giver.boundForMs(TTL_MS), TTL_MS);
  await time.advance(1_000);
  t.is(giver.boundForMs(TTL_MS), TTL_MS - 1_000);
  ask({ sequence: 2 });
  t.is(giver.boundForMs(TTL_MS), TTL_MS);
});

test('a refusal binds nobody', async (t) => {
  const { time, giver, ask } = await aGiver();
  await time.advance(10_000);
  t.deepEqual(ask({ primary: 'south-1' }), { granted: false, reason: 'NotThePrimary' });
  t.deepEqual(ask({}, aSnapshot({ server: { invocation: 'inv-2', look: aLook } })), {
    granted: false,
    reason: 'ServerOpen',
  });
  t.is(giver.boundForMs(TTL_MS), 0);
});

test('a server that nobody has looked at yet may be open', async (t) => {
  const { giver, ask } = await aGiver();
  t.deepEqual(giver.answer({ database: DATABASE, primary: NODE, forMs: 1, asker: 'p', sequence: 1 }, undefined), {
    granted: false,
    reason: 'ServerOpen',
  });
  t.like(ask(), { granted: true });
});

test('what stands in the store now counts, not what stood there a tick ago', async (t) => {
  const { stored, ask } = await aGiver();
  t.like(ask(), { granted: true });
  putState(stored, { ...steady, primary: 'south-1' });
  t.deepEqual(ask({ sequence: 2 }), { granted: false, reason: 'NotThePrimary' });
});

test('a word is given back by the process that asked for it, with its last request', async (t) => {
  const { time, giver, ask } = await aGiver();
  await time.advance(10_000);
  ask({ sequence: 5 });
  ask({ forMs: 0, asker: 'p2', sequence: 9 });
  t.is(giver.boundForMs(TTL_MS), TTL_MS, 'another process');
  ask({ forMs: 0, sequence: 4 });
  t.is(giver.boundForMs(TTL_MS), TTL_MS, 'overtaken by the request after it');
  ask({ forMs: 0, sequence: 6 });
  t.is(giver.boundForMs(TTL_MS), 0);
});

test('what the next process was promised outlives what the last one gives back', async (t) => {
  const { time, giver, ask } = await aGiver();
  await time.advance(10_000);
  ask({ asker: 'p1', sequence: 1 });
  ask({ asker: 'p2', sequence: 1, forMs: 1_000 });
  ask({ asker: 'p1', sequence: 2, forMs: 0 });
  t.is(giver.boundForMs(TTL_MS), 1_000);
});

test('who asks is heard, until another one is the primary, or the same one under another term', async (t) => {
  const { time, giver, ask } = await aGiver();
  t.is(giver.heardAgoMs(steady), undefined);
  ask();
  await time.advance(700);
  t.is(giver.heardAgoMs(steady), 700);
  t.is(giver.heardAgoMs({ ...steady, primary: 'south-1' }), undefined);
  t.is(giver.heardAgoMs({ ...steady, term: 8n }), undefined);
  t.is(giver.heardAgoMs(undefined), undefined);
  ask({ primary: 'south-1' });
  t.is(giver.heardAgoMs(steady), 700, 'a refusal is no sign of the primary');
});

test('a primary that was silent and is heard wants a round at once; one that was not wants none', async (t) => {
  const { ask, woken } = await aGiver();
  ask({}, { ...closed, primaryHeardAgoMs: 500 });
  t.is(woken.times, 0);
  ask({ sequence: 2 }, { ...closed, primaryHeardAgoMs: database.ttlMs - 100 });
  t.is(woken.times, 1);
});

test('with its word a member says what it has applied', async (t) => {
  const { ask } = await aGiver();
  t.deepEqual(ask(), { granted: true, applied: { invocation: 'inv-2', pos: aLook.appliedPos } });
  t.deepEqual(ask({}, { ...closed, server: { invocation: undefined, look: undefined } }), {
    granted: true,
    applied: null,
  });
});
