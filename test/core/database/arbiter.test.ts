/** Steady times as the arbiter sees them: when a ballot opens, and what holds it back. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import type { RefusalCode } from '../../../src/core/event.ts';
import { aKey, anArbiter, aPolicy, aPromotion, aReceipt, aRecord, aState, inBallot, NODES } from './a-database.ts';

const opens = test.macro({
  exec: (t, difference: Partial<ArbiterSnapshot>) => {
    const decision = decideArbiter(anArbiter(difference));
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    const { state } = decision;
    t.is(state.term, (difference.state ?? aState()).term + 1n);
    t.is(state.phase, 'ballot');
    t.is(state.ballot?.step, 'poll');
    t.is(state.ballot?.formerPrimary, 'north-1');
    t.is(state.ballot?.candidate, null);
    t.is(state.receipt, null);
    t.deepEqual(state.ballot?.receipt, difference.state?.receipt ?? null);
    t.is(state.ballot?.absentForMs, difference.primaryAbsentForMs ?? 4_000);
    t.deepEqual(
      decision.events.map((event) => event.name),
      ['database:ballot:opened'],
    );
  },
  title: (name) => `a ballot opens ${name}`,
});

const waits = test.macro({
  exec: (t, difference: Partial<ArbiterSnapshot>, code: RefusalCode | null) => {
    const decision = decideArbiter(anArbiter(difference));
    if (decision.kind !== 'wait') return void t.fail('something was written');
    t.deepEqual(
      decision.refusals.map((event) => event.refusal),
      code === null ? [] : [code],
    );
  },
  title: (name) => `no ballot opens ${name}`,
});

test('at once when the key was seen to go', opens, { primaryAbsentForMs: 0 });
test('at once with a receipt, seen to go or not', opens, {
  state: aState({ receipt: aReceipt() }),
  absenceWitnessed: false,
  primaryAbsentForMs: 0,
});
test('a TTL after the first look that found no key', opens, { absenceWitnessed: false, primaryAbsentForMs: 3_000 });
test('when the pause after an unfinished ballot is over', opens, {
  state: aState({ unfinished: { term: 4n, outcome: 'vetoed' } }),
  stateStandingMs: 6_000,
});
test('without a cooldown before the first promotion', opens, {
  state: aState({ switchedAtMs: 999_999 }),
  policy: aPolicy({ cooldownMs: 60_000 }),
});
test('after the cooldown by the wall clock', opens, {
  state: aState({ promotions: [aPromotion('north-1')], switchedAtMs: 1_000_000 - 60_000 }),
});
test('after the cooldown by the own clock, whatever the wall clock says', opens, {
  state: aState({ promotions: [aPromotion('north-1')], switchedAtMs: 2_000_000 }),
  stateStandingMs: 60_000,
});
test('during the cooldown when the primary that it is about was lost unproved', opens, {
  state: aState({
    promotions: [aPromotion('north-1')],
    switchedAtMs: 999_999,
    ackers: [],
    unacknowledgedAtProof: null,
  }),
});
test('after the hold-down', opens, {
  policy: aPolicy({ withinRegion: { promote: 'automatic', holdDownMs: 4_000, maxLossMs: 0 } }),
});
test('for an adopted primary that died before its first key', opens, {
  state: aState({ switchedAtMs: 0, receipt: aReceipt() }),
});

test('while the key stands', waits, { primary: aKey(), primaryAbsentForMs: 0 }, null);
test(
  'less than a TTL after the first look that found no key',
  waits,
  { absenceWitnessed: false, primaryAbsentForMs: 2_999 },
  null,
);
test(
  'during the hold-down',
  waits,
  {
    policy: aPolicy({ withinRegion: { promote: 'automatic', holdDownMs: 4_001, maxLossMs: 0 } }),
  },
  null,
);
test(
  'right after an unfinished one',
  waits,
  {
    state: aState({ unfinished: { term: 4n, outcome: 'retaken' } }),
    stateStandingMs: 5_999,
  },
  null,
);
test('before an adopted primary had time to take its first key', waits, { state: aState({ switchedAtMs: 0 }) }, null);
test(
  'while an adopted primary has not taken its first key, however long',
  waits,
  {
    state: aState({ switchedAtMs: 0 }),
    primaryAbsentForMs: 1_000_000,
    stateStandingMs: 1_000_000,
  },
  'PreconditionUnmet',
);
test('in shadow mode', waits, { policy: aPolicy({ mode: 'observe' }) }, 'ObserveMode');
test("under an operator's hold", waits, { hold: { owner: 'ops', reason: 'work' } }, 'OnHold');
test(
  'under the hold of an orderly stop',
  waits,
  {
    state: aState({ hold: { owner: 'north-1', reason: 'stopped', sinceMs: 0 } }),
  },
  'OnHold',
);
test(
  'while a member has seen a higher term than the store says',
  waits,
  { members: NODES.map((node) => aRecord(node, { seenTerm: node === 'south-1' ? 5n : null })) },
  'StaleEpoch',
);
test(
  'during the cooldown',
  waits,
  {
    state: aState({ promotions: [aPromotion('north-1')], switchedAtMs: 1_000_000 - 59_999 }),
  },
  'Cooldown',
);

test('an open ballot is not driven in shadow mode', (t) => {
  const state = inBallot('drain');
  const decision = decideArbiter(
    anArbiter({ state, policy: aPolicy({ mode: 'observe' }), stateStandingMs: 1_000_000 }),
  );
  t.deepEqual(decision, { kind: 'wait', refusals: [] });
});

test('a state that says ballot and has none is a defect, not a decision', (t) => {
  t.throws(() => decideArbiter(anArbiter({ state: aState({ phase: 'ballot' }) })), { message: /has no ballot/ });
});
