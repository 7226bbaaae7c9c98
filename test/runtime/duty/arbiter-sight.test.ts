/** What was seen of a database without a break: whether its key went before these eyes, and since when. */
import test from 'ava';
import { instant } from '../../../src/core/time.ts';
import { ArbiterSight } from '../../../src/runtime/duty/arbiter-sight.ts';
import { readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { DATABASE, ownKey, PRIMARY_KEY, putPrimary, putState, steady } from './a-database.ts';
import { AStore } from './a-store.ts';

function watching() {
  const stored = new AStore();
  const sight = new ArbiterSight();
  putState(stored, steady);
  const see = (atMs: number, sinceMs = 0) =>
    sight.see(readDatabase(DATABASE, stored.cluster.state.list('/regent/')), instant(sinceMs), instant(atMs));
  return { stored, sight, see };
}

test('a key that was seen and then is not there went before these eyes, at the first look without it', (t) => {
  const { stored, see } = watching();
  putPrimary(stored, ownKey);
  t.like(see(100), { primaryAbsentForMs: 0 });
  t.like(see(900), { primaryAbsentForMs: 0 });
  stored.delete(PRIMARY_KEY);
  t.like(see(1_000), { primaryAbsentForMs: 0, absenceWitnessed: true });
  t.like(see(1_400), { primaryAbsentForMs: 400, absenceWitnessed: true });
});

test('a key that was never there was not seen to go; its absence is counted all the same', (t) => {
  const { see } = watching();
  t.like(see(100), { primaryAbsentForMs: 0, absenceWitnessed: false });
  t.like(see(500), { primaryAbsentForMs: 400, absenceWitnessed: false });
});

test('a key that comes back ends the absence', (t) => {
  const { stored, see } = watching();
  see(100);
  putPrimary(stored, ownKey);
  t.like(see(500), { primaryAbsentForMs: 0 });
  stored.delete(PRIMARY_KEY);
  t.like(see(600), { primaryAbsentForMs: 0, absenceWitnessed: true });
});

for (const [title, breaks] of [
  ['another contact with the store', undefined],
  ['having forgotten', (sight: ArbiterSight) => sight.forget()],
] as const) {
  test(`${title} makes every look the first one`, (t) => {
    const { stored, see, sight } = watching();
    putPrimary(stored, ownKey);
    see(100);
    stored.delete(PRIMARY_KEY);
    t.like(see(200), { absenceWitnessed: true });
    breaks?.(sight);
    const seen = see(900, breaks === undefined ? 800 : 0);
    t.deepEqual(seen, { primaryAbsentForMs: 0, absenceWitnessed: false, stateStandingMs: 0, orderStandingMs: 0 });
  });
}

test('a state stands from when it was first seen so', (t) => {
  const { stored, see } = watching();
  see(100);
  t.is(see(400).stateStandingMs, 300);
  putState(stored, { ...steady, term: 8n });
  t.is(see(500).stateStandingMs, 0);
});
