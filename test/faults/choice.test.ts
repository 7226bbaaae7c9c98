/**
 * Goal: a soak can be repeated by its seed and leaves no row out. Method: the first draws of two seeds.
 */

import test from 'ava';
import { chosenRows } from './choice.ts';

const ROWS = ['a', 'b', 'c', 'd', 'e'];

function first(count: number, seed: number): readonly string[] {
  const rows = chosenRows(ROWS, seed);
  return Array.from({ length: count }, () => rows.next().value);
}

test('the same seed gives the same order, another seed another one', (t) => {
  t.deepEqual(first(20, 7), first(20, 7));
  t.notDeepEqual(first(20, 7), first(20, 8));
});

test('every row comes before any comes again', (t) => {
  const order = first(15, 3);
  for (const start of [0, 5, 10]) t.deepEqual([...order.slice(start, start + 5)].toSorted(), ROWS);
});

test('nothing to choose from is refused', (t) => {
  t.throws(() => chosenRows([], 1).next(), { instanceOf: RangeError });
});
