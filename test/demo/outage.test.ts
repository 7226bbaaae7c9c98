/**
 * Goal: the measured outage is what a client felt, no shorter. Method: hand-made samples, 500 ms apart, fault at 1,000 ms.
 */

import test from 'ava';
import { failuresBetween, longestAlternation, longestGap, longestGapAnywhere, outageAfter } from './outage.ts';
import type { Sample, SampleKind } from './sample.ts';

const FAULT_MS = 1_000;
const EVERY_MS = 500;

/** `+` success, `-` failure, one per 500 ms from the start on; each takes 100 ms. */
function samplesFrom(line: string, kind: SampleKind = 'write'): readonly Sample[] {
  return [...line].map((mark, index) => sample(kind, index * EVERY_MS, mark === '+'));
}

function sample(kind: SampleKind, startMs: number, ok: boolean, status = ok ? 201 : 500): Sample {
  return { kind, startMs, endMs: startMs + 100, ok, status, id: '', detail: '' };
}

const testOutage = test.macro({
  exec(t, line: string, expectedMs: number | undefined) {
    t.is(outageAfter(samplesFrom(line), 'write', FAULT_MS)?.outageMs, expectedMs);
  },
  title: (name) => name ?? '',
});

test('an outage ends with the end of the first success that began after the fault', testOutage, '++--+++++++++', 1_100);
test('successes before the fault do not count', testOutage, '++-----------', undefined);
test('a lucky success in the middle is no recovery', testOutage, '++-+-++++++++', 1_600);
test('a success of which nobody knows whether it lasted is no recovery', testOutage, '++--++', undefined);
test('without a failure the outage is the time to the first answer', testOutage, '++++++++++++', 100);

test('attempts of other kinds neither end an outage nor prolong it', (t) => {
  const others = samplesFrom('++++++++++++', 'read');
  t.is(outageAfter([...others, ...samplesFrom('++------')], 'write', FAULT_MS), undefined);
  const failing = samplesFrom('------------', 'read');
  t.is(outageAfter([...failing, ...samplesFrom('++--+++++++++')], 'write', FAULT_MS)?.outageMs, 1_100);
});

test('attempts and failures are counted up to the recovery', (t) => {
  t.deepEqual(outageAfter(samplesFrom('++---+++++++++'), 'write', FAULT_MS), {
    outageMs: 1_600,
    attempts: 4,
    failures: 3,
  });
});

test('failures are those that began within the span', (t) => {
  t.is(failuresBetween(samplesFrom('-++-'), 0).length, 2);
  t.is(failuresBetween(samplesFrom('-++-'), 500, 1_500).length, 0);
});

test('an alternation is broken by an accepted write, a failed read, and a write without an answer', (t) => {
  const pair = (write: Sample, read: boolean) => [write, sample('read', write.startMs + 1, read, 200)];
  const refused = sample('write', 0, false);
  t.is(longestAlternation([...pair(refused, true), ...pair(refused, true)]), 2);
  t.is(longestAlternation([...pair(refused, true), ...pair(refused, false), ...pair(refused, true)]), 1);
  t.is(longestAlternation(pair(sample('write', 0, true), true)), 0);
  t.is(longestAlternation(pair(sample('write', 0, false, 0), true)), 0);
});

const testGap = test.macro({
  exec(t, line: string, expectedMs: number | undefined) {
    t.is(longestGap(samplesFrom(line), 'write', FAULT_MS), expectedMs);
  },
  title: (name) => name ?? '',
});

test('the longest gap is from one acknowledged attempt to the next', testGap, '++++--+++', 1_500);
test('a gap that begins long after the fault counts', testGap, '++++++++++---++', 2_000);
test('time before the fault does not count', testGap, '+--++++', 600);
test('a gap that is open has no length', testGap, '++++--', undefined);
test('nothing but failures is an open gap', testGap, '------', undefined);

test('a gap takes only its own kind, and an attempt that began before the fault and ended after it counts', (t) => {
  const late = { ...sample('row', FAULT_MS - 10, true), endMs: FAULT_MS + 40 };
  t.is(longestGap([late, ...samplesFrom('---------')], 'row', FAULT_MS), 40);
});

const testAnywhere = test.macro({
  exec(t, lines: readonly string[], expectedMs: number | undefined) {
    const places = lines.map((line) => samplesFrom(line));
    t.is(longestGapAnywhere(places, 'write', FAULT_MS), expectedMs);
  },
  title: (name) => name ?? '',
});

test('a service that comes back elsewhere is back', testAnywhere, ['++++-----', '------+++'], 1_500);
test('a service that is refused elsewhere all the time is not out', testAnywhere, ['+++++++++', '---------'], 500);
test('a service that comes back nowhere is out', testAnywhere, ['++++-----', '---------'], undefined);
test('a service that came back elsewhere for a moment is out', testAnywhere, ['++++-----', '-----+---'], undefined);
