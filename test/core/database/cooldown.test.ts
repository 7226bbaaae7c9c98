/** One switch per cooldown, and one replacement of a primary that was lost before it had proved itself (I7). */
import test from 'ava';
import { cooldownRestMs, isFirstReplacement } from '../../../src/core/database/cooldown.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import { aPolicy, aPromotion, aState } from './a-database.ts';

const COOLDOWN_MS = 60_000;
const { policy } = aPolicy({ cooldownMs: COOLDOWN_MS });

const rests = test.macro({
  exec: (t, state: Partial<DatabaseState>, standingMs: number, expectedMs: number) => {
    t.is(cooldownRestMs(policy, aState(state), { wallMs: 1_000_000, standingMs }), expectedMs);
  },
  title: (name) => `the cooldown ${name}`,
});

const last = aPromotion('north-1', { term: 4n, atMs: 900_000 });
const switched = { promotions: [last], switchedAtMs: 990_000 };

test('counts from the switch', rests, switched, 5_000, 50_000);
test('ends by the own clock, whatever the wall clock says', rests, switched, COOLDOWN_MS, 0);
test('is over where nothing was ever promoted', rests, { promotions: [], switchedAtMs: 990_000 }, 0, 0);

const replaces = test.macro({
  exec: (t, state: Partial<DatabaseState>, expected: boolean) => {
    t.is(isFirstReplacement(policy, aState({ unacknowledgedAtProof: null, promotions: [last], ...state })), expected);
  },
  title: (name) => `a primary ${name}`,
});

const earlier = (atMs: number | null) => [last, aPromotion('north-3', { term: 3n, atMs })];

test('that no replica had acknowledged is replaced at once', replaces, {}, true);
test('with no replica named is, too', replaces, { ackers: [] }, true);
test('that a replica had acknowledged waits', replaces, { unacknowledgedAtProof: 0 }, false);
test('that no promotion opened waits', replaces, { primary: 'north-2' }, false);
test('that was adopted has nothing to replace', replaces, { promotions: [] }, false);
test('that itself replaced one waits', replaces, { promotions: earlier(900_000 - COOLDOWN_MS + 1) }, false);
test('a cooldown after the last promotion is replaced', replaces, { promotions: earlier(900_000 - COOLDOWN_MS) }, true);
test('after one by a clock that was set back waits', replaces, { promotions: earlier(950_000) }, false);
test('after one of unknown time waits', replaces, { promotions: earlier(null) }, false);
