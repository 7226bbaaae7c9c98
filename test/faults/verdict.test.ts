/**
 * Goal: a broken promise is never called anything else. Method: checks by name, with and without a mark.
 */

import test from 'ava';
import { CHECKS } from './row.ts';
import { isHeld, lastWord, type Verdict, verdictOf } from './verdict.ts';

const marked = { expectedToFail: { why: 'no promises yet', checks: [CHECKS.outage] } };
const outage = (ok: boolean) => ({ name: `${CHECKS.outage} 1.5 s`, ok, detail: '' });
const lost = (ok: boolean) => ({ name: 'no acknowledged write is lost', ok, detail: '' });

const testVerdict = test.macro({
  exec(t, row: Parameters<typeof verdictOf>[0], checks: Parameters<typeof verdictOf>[1], expected: Verdict) {
    t.is(verdictOf(row, checks), expected);
  },
  title: (name) => name ?? '',
});

test('everything ok holds', testVerdict, {}, [outage(true), lost(true)], 'held');
test('one failed check breaks', testVerdict, {}, [outage(false), lost(true)], 'BROKEN');
test('the marked check fails as expected', testVerdict, marked, [outage(false), lost(true)], 'fails as expected');
test('another check breaks in spite of the mark', testVerdict, marked, [outage(false), lost(false)], 'BROKEN');
test('a mark that is not needed any more is told', testVerdict, marked, [outage(true)], 'held unexpectedly');
test('a skipped row is skipped', testVerdict, { skipped: 'no clock' }, [], 'skipped');

const testTable = test.macro({
  exec(t, verdicts: readonly Verdict[], expected: boolean) {
    t.is(isHeld(verdicts), expected);
  },
  title: (name) => `a table ${name ?? ''}`,
});

test('of held and skipped rows holds', testTable, ['held', 'skipped', 'fails as expected', 'held unexpectedly'], true);
test('with a broken row does not', testTable, ['held', 'BROKEN'], false);
test('in which nothing ran shows nothing', testTable, ['skipped'], false);
test('without rows shows nothing', testTable, [], false);

const testLastWord = test.macro({
  exec(t, verdicts: readonly Verdict[], isInterrupted: boolean, expected: RegExp) {
    t.regex(lastWord(verdicts, isInterrupted), expected);
  },
  title: (name) => `the last word ${name ?? ''}`,
});

test('of a table that held', testLastWord, ['held', 'skipped'], false, /^Everything that ran held/);
test(
  'of one with a broken row, also when it was interrupted',
  testLastWord,
  ['held', 'BROKEN'],
  true,
  /^Not everything/,
);
test(
  'of an interrupted one does not claim the rest',
  testLastWord,
  ['held'],
  true,
  /^Interrupted; what ran until then held/,
);
test('of one that never began', testLastWord, [], false, /^Nothing ran/);
test('of one that was interrupted before', testLastWord, ['skipped'], true, /^Interrupted before anything ran/);
