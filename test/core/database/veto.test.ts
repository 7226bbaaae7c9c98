/** A row that a member received is a sign of life of the former primary, or of nothing. */
import test from 'ava';
import { vetoOf, writesStill } from '../../../src/core/database/veto.ts';
import { aBallot, anAnswer, anArbiter, aReceipt } from './a-database.ts';

const answered = (ages: Readonly<Record<string, number | null>>) =>
  new Map(
    Object.entries(ages).map(([node, writeProbeAgeMs]) => [node, anAnswer(node, 'poll', { writeProbeAgeMs })] as const),
  );

const vetoes = test.macro({
  exec: (t, ages: Readonly<Record<string, number | null>>, expected: RegExp | undefined, receipt = false) => {
    const ballot = aBallot('poll', { receipt: receipt ? aReceipt() : null });
    const veto = vetoOf(anArbiter({ primaryAbsentForMs: 1_500 }), ballot, answered(ages));
    if (expected === undefined) t.is(veto, undefined);
    else t.regex(veto ?? '', expected);
  },
  title: (name) => `a ballot is ${name}`,
});

test('ended by a row that came after the key had gone', vetoes, { 'north-2': 900 }, /^north-2 received a write/);
test('not ended by an old row', vetoes, { 'north-2': 1_001 }, undefined);
test('not ended by what the former primary says of its own rows', vetoes, { 'north-1': 10 }, undefined);
test('not ended by somebody who received none', vetoes, { 'north-2': null }, undefined);
test('not ended against a receipt', vetoes, { 'north-2': 900 }, undefined, true);

const waits = test.macro({
  exec: (t, ages: Readonly<Record<string, number | null>>, expected: boolean) => {
    t.is(writesStill(anArbiter(), answered(ages)), expected);
  },
  title: (name) => `the former primary ${name}`,
});

test('may write still two rows after its last one', waits, { 'north-2': 4_000, 'south-1': 2_000 }, true);
test('is silent after that', waits, { 'north-2': 2_001, 'south-1': null }, false);
