/**
 * Goal: noise spreads over all faults, and a bench ends. Method: the order in which runs come, with runs that fail.
 */

import test from 'ava';
import { nextFault, type Tally } from './queue.ts';

function orderOf(runs: number, failing: readonly string[], earlier: ReadonlyMap<string, Tally> = new Map()): string {
  const tallies = new Map(earlier);
  const order: string[] = [];
  for (;;) {
    const fault = nextFault(['a', 'b', 'c'], tallies, runs);
    if (fault === undefined) return order.join('');
    const { runs: done, failed } = tallies.get(fault) ?? { runs: 0, failed: 0 };
    const isFailing = failing.includes(fault);
    tallies.set(fault, isFailing ? { runs: done, failed: failed + 1 } : { runs: done + 1, failed });
    order.push(fault);
  }
}

test('faults take turns', (t) => {
  t.is(orderOf(2, []), 'abcabc');
});

test('what never becomes a measurement is given up', (t) => {
  t.is(orderOf(2, ['b']), 'abcabc');
});

test('runs of an earlier session count', (t) => {
  t.is(orderOf(2, [], new Map([['a', { runs: 2, failed: 0 }]])), 'bcbc');
});
