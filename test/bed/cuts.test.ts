/**
 * Which pairs a cut separates: pure sets, no kernel.
 */

import test from 'ava';
import { cutsBetween, rulesetWithoutCuts } from './cuts.ts';
import { CLIENTS, HOSTS } from './topology.ts';

const pairs = (a: string, b: string, oneWay = false): string[] =>
  cutsBetween(a, b, oneWay).map(({ from, to }) => `${from}>${to}`);

test('a cut between two hosts drops both directions', (t) => {
  t.deepEqual(pairs('north-1', 'south-1'), ['north-1>south-1', 'south-1>north-1']);
});

test('a one-way cut drops only what the first side sends', (t) => {
  t.deepEqual(pairs('north-1', 'south-1', true), ['north-1>south-1']);
});

test('a site cut off from the world loses everybody outside and nobody inside', (t) => {
  const found = pairs('south', 'world', true);
  const inside = 4;
  t.is(found.length, inside * (HOSTS.length + CLIENTS.length - inside));
  t.true(found.includes('south-1>north-1'));
  t.true(found.includes('client-south>witness-1'));
  t.false(found.some((pair) => /south.*>.*south/.test(pair)));
});

test('the world cut off from a site is the same cut', (t) => {
  t.deepEqual(pairs('world', 'south').sort(), pairs('south', 'world').sort());
});

test('a host cut off from its own site keeps itself', (t) => {
  t.deepEqual(pairs('north-1', 'north', true), ['north-1>north-2', 'north-1>north-3', 'north-1>client-north']);
});

test('a cut that separates nobody is refused', (t) => {
  for (const [a, b] of [
    ['north', 'north'],
    ['world', 'world'],
    ['north-1', 'north-1'],
    ['north', 'north-1'],
  ]) {
    t.throws(() => cutsBetween(a ?? '', b ?? '', false), { instanceOf: RangeError, message: /separates nobody/ });
  }
});

test('an unknown name is refused with the names that exist', (t) => {
  t.throws(() => cutsBetween('east', 'north', false), { instanceOf: RangeError, message: /"east".*witness-1/ });
});

test('every endpoint has a mark of its own', (t) => {
  const marks = [...rulesetWithoutCuts().matchAll(/"[a-z0-9-]+" : (\d+)/g)].map(([, mark]) => mark);
  t.is(marks.length, HOSTS.length + CLIENTS.length);
  t.is(new Set(marks).size, marks.length);
});
