/**
 * Goal: an outage is neither longer nor shorter than what a client saw. Method: times of acknowledgements, and windows.
 */

import test from 'ava';
import type { Sample } from '../../demo/sample.ts';
import { longestSilence } from './silence.ts';

const taken = (endMs: number): Sample => ({
  kind: 'row',
  startMs: endMs - 5,
  endMs,
  ok: true,
  status: 200,
  id: `row-${endMs}`,
  detail: '',
});
const refused = (endMs: number): Sample => ({ ...taken(endMs), ok: false, status: 1290 });

const measured = test.macro({
  exec: (t, samples: readonly Sample[], [fromMs, untilMs]: readonly [number, number], expected: number | undefined) => {
    t.is(longestSilence(samples, fromMs, untilMs), expected);
  },
  title: (name) => name ?? '',
});

const steady = [980, 1000, 1020, 1040].map(taken);
test('a healthy client is silent between two writes', measured, steady, [990, 1050], 20);
test('what began before the window counts in full', measured, [900, 3000].map(taken), [2500, 3010], 2100);
test('what lies before the window does not', measured, [0, 900, 1000, 1020].map(taken), [950, 1030], 100);
test('a refusal ends no silence', measured, [taken(0), refused(500), taken(900)], [100, 910], 900);
test('order of answers is no order of time', measured, [40, 0, 20].map(taken), [0, 50], 20);
test('a silence that goes on has no length', measured, [0, 20].map(taken), [0, 2000], undefined);
test('no acknowledgement is no figure', measured, [refused(10)], [0, 20], undefined);
