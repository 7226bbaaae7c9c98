import test from 'ava';
import { Mirror } from '../../src/store/mirror.ts';
import { put } from './contract.ts';
import { startMemoryHarness } from './memory-harness.ts';

const PREFIX = '/regent/v1/nodes/';
const RELIST_MS = 10_000;

async function mirrored() {
  const harness = await startMemoryHarness();
  const { store, clock, timers, settle, other } = harness;
  await settle(put(other, `${PREFIX}a`, '1'));
  let wakes = 0;
  const changed: (readonly string[] | undefined)[] = [];
  const mirror = new Mirror({
    store,
    prefix: PREFIX,
    clock,
    timers,
    random: { next: () => 0.5 },
    relistEveryMs: RELIST_MS,
    staleAfterMs: 2 * RELIST_MS,
    onWake: (keys) => {
      wakes += 1;
      changed.push(keys);
    },
  });
  mirror.start();
  const values = () => [...mirror.entries().values()].map((entry) => entry.value).sort();
  return { ...harness, mirror, values, changed, wakes: () => wakes };
}

test('the copy holds what is there and follows each change', async (t) => {
  const { advance, settle, other, values, changed, mirror, clock, wakes } = await mirrored();
  t.false(mirror.isFresh(clock.nowMs()));
  await advance(10);
  t.deepEqual(values(), ['1']);
  t.true(mirror.isFresh(clock.nowMs()));
  await settle(put(other, `${PREFIX}b`, '2'));
  await settle(other.transact([], [{ kind: 'delete', key: `${PREFIX}a` }]));
  await advance(10);
  t.deepEqual(values(), ['2']);
  t.is(wakes(), 3);
  t.deepEqual(changed, [undefined, [`${PREFIX}b`], [`${PREFIX}a`]], 'the first list may have changed anything');
});

test('a taken copy does not change under its reader', async (t) => {
  const { advance, settle, other, mirror } = await mirrored();
  await advance(10);
  const taken = mirror.entries();
  await settle(put(other, `${PREFIX}b`, '2'));
  await advance(10);
  t.is(taken.size, 1);
  t.is(mirror.entries().size, 2);
});

test('an interrupted watch is replaced within a second', async (t) => {
  const { advance, settle, other, values, compact } = await mirrored();
  await advance(10);
  await compact();
  await settle(put(other, `${PREFIX}b`, '2'));
  await advance(1_100);
  await settle(put(other, `${PREFIX}c`, '3'));
  await advance(10);
  t.deepEqual(values(), ['1', '2', '3']);
});

test('what a quiet watch missed is found by the next list', async (t) => {
  const { advance, settle, other, values, freeze, thaw } = await mirrored();
  await advance(10);
  freeze('fromServer');
  await settle(put(other, `${PREFIX}b`, '2'));
  await advance(RELIST_MS * 1.1);
  t.deepEqual(values(), ['1']);
  thaw();
  await advance(RELIST_MS * 0.3);
  t.deepEqual(values(), ['1', '2']);
});

test('without a store the copy stays and stops being fresh', async (t) => {
  const { advance, values, mirror, clock, loseQuorum, regainQuorum } = await mirrored();
  await advance(10);
  await loseQuorum();
  await advance(2 * RELIST_MS + 100);
  t.deepEqual(values(), ['1']);
  t.false(mirror.isFresh(clock.nowMs()));
  await regainQuorum();
  await advance(2_000);
  t.true(mirror.isFresh(clock.nowMs()));
});

test('an unchanged store wakes nobody', async (t) => {
  const { advance, wakes } = await mirrored();
  await advance(5 * RELIST_MS);
  t.is(wakes(), 1);
});

test('a stopped mirror stays silent', async (t) => {
  const { advance, settle, other, mirror, wakes } = await mirrored();
  await advance(10);
  await mirror.stop();
  await settle(put(other, `${PREFIX}b`, '2'));
  await advance(3 * RELIST_MS);
  t.is(wakes(), 1);
});
