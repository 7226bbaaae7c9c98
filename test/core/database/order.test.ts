/** Orders that nobody will carry out, and what an operator's word overrides in a ballot: a loss, and nothing else. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import type { DatabaseOrder } from '../../../src/core/database/order.ts';
import type { Ballot, BallotAnswer } from '../../../src/core/database/state.ts';
import type { RefusalCode } from '../../../src/core/event.ts';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { aKey, anArbiter, aPolicy, aRecord, aState, inBallot, records } from './a-database.ts';

function anOrder(difference: Partial<DatabaseOrder> = {}): DatabaseOrder {
  const order = { kind: 'failover', id: 'order-1', to: null, term: 5n, by: 'root@north-1', atMs: 0 } as const;
  return { ...order, acceptLossMs: 5_000, ...difference };
}

const removed = test.macro({
  exec: (t, difference: Partial<ArbiterSnapshot>, code: RefusalCode) => {
    const decision = decideArbiter(anArbiter({ order: anOrder(), ...difference }));
    t.is(decision.kind, 'remove-order');
    if (decision.kind === 'remove-order') t.is(decision.events[0]?.refusal, code);
  },
  title: (name) => `an order is removed ${name}`,
});
const planned = anOrder({ kind: 'switchover', term: 4n });
const steady = { state: aState(), primary: aKey() };
test('for another term', removed, { state: inBallot('poll', {}, { term: 6n }) }, 'StaleEpoch');
test('for an older one', removed, { state: aState() }, 'StaleEpoch');
test('about a database that is not managed', removed, { state: undefined }, 'PreconditionUnmet');
test(
  'that a policy which only observes forbids',
  removed,
  { state: inBallot('poll'), policy: aPolicy({ mode: 'observe' }) },
  'ObserveMode',
);
test('to fail over without a ballot', removed, { order: anOrder({ term: 4n }), ...steady }, 'PreconditionUnmet');
test('to fail over when a candidate is chosen', removed, { state: inBallot('drain') }, 'PreconditionUnmet');
test(
  'that a ballot could not obey',
  removed,
  { state: inBallot('poll'), orderStandingMs: 23_000 },
  'PreconditionUnmet',
);
test('that no primary began', removed, { order: planned, ...steady, orderStandingMs: 10_000 }, 'PreconditionUnmet');
test(
  'to switch over in a ballot',
  removed,
  { order: anOrder({ kind: 'switchover' }), state: inBallot('poll') },
  'PreconditionUnmet',
);

test('an order that may still be carried out stands', (t) => {
  t.is(decideArbiter(anArbiter({ order: planned, ...steady, orderStandingMs: 9_999 })).kind, 'wait');
});

interface Case {
  readonly policy?: Partial<DatabaseFailover>;
  readonly answers?: Readonly<Record<string, Partial<BallotAnswer> | null>>;
  readonly ballot?: Partial<Ballot>;
  readonly order?: DatabaseOrder | undefined;
  readonly snapshot?: Partial<ArbiterSnapshot>;
}

/** A freeze in which the acker, north-2, is missing, unless the case says otherwise; its time is over. */
function frozen({ policy = {}, answers = { 'north-2': null }, ballot = {}, order, snapshot = {} }: Case) {
  return decideArbiter(
    anArbiter({
      policy: aPolicy(policy),
      state: inBallot('freeze', { absentForMs: 4_000, ...ballot }),
      members: records('freeze', answers),
      stateStandingMs: 10_000,
      order,
      ...snapshot,
    }),
  );
}

const overridden = test.macro({
  exec: (t, given: Case) => {
    const without = frozen(given);
    const wasRefused = without.kind === 'wait' || (without.kind === 'write' && without.state.ballot === null);
    t.true(wasRefused, 'the case must be one that is refused without an order');
    const decision = frozen({ order: anOrder(), ...given });
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.like(decision.state.ballot, { step: 'drain', candidate: 'north-3', ordered: { by: 'root@north-1' } });
    t.true(decision.obeysOrder);
    t.is(decision.events[0]?.facts?.order, 'order-1');
  },
  title: (name) => `an operator's order overrides ${name}`,
});
const far = { writeProbeAgeMs: 8_500 };
test('AckersMissing', overridden, { policy: { durability: 'lossless' } });
test('LossBudget', overridden, { answers: { 'north-2': null, 'north-3': far, 'south-1': far } });
test('ManualPromotion', overridden, {
  policy: { withinRegion: { promote: 'manual', holdDownMs: 0, maxLossMs: 2_000 } },
});
test('HoldDown', overridden, {
  policy: { withinRegion: { promote: 'automatic', holdDownMs: 9_000, maxLossMs: 2_000 } },
});

test('an unknown loss is accepted only as unknown, and is never said to be nothing', (t) => {
  const blind = { writeProbeAgeMs: null, arrivalLagMs: null };
  const answers = { 'north-2': null, 'north-3': blind, 'south-1': blind };
  const bounded = frozen({ answers, order: anOrder() });
  t.like(bounded, { kind: 'write', state: { phase: 'steady' } });
  const decision = frozen({ answers, order: anOrder({ acceptLossMs: null }) });
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.like(decision.state.ballot, { step: 'drain', lossMs: null });
  t.regex(decision.events[0]?.message ?? '', /unknown/);
});

test('more than what was accepted stays refused', (t) => {
  const answers = { 'north-2': null, 'north-3': far, 'south-1': far };
  const decision = frozen({ answers, order: anOrder({ acceptLossMs: 4_000 }) });
  t.like(decision, { kind: 'write', state: { phase: 'steady', unfinished: { outcome: 'abandoned' } } });
});

test('the named member is chosen, and no other one', (t) => {
  const named = frozen({ order: anOrder({ to: 'south-1' }), answers: { 'north-2': null } });
  t.like(named, { kind: 'write', state: { ballot: { candidate: 'south-1' } } });
  const absent = frozen({ order: anOrder({ to: 'north-2' }) });
  t.like(absent, { kind: 'write', state: { phase: 'steady' } });
});

test('a veto stands', (t) => {
  const answers = { 'north-2': null, 'north-3': { writeProbeAgeMs: 200 } };
  const decision = frozen({ order: anOrder(), answers });
  t.like(decision, { kind: 'write', state: { unfinished: { outcome: 'vetoed' } } });
});

test('the time of a former primary without a fence stands', (t) => {
  const decision = frozen({ order: anOrder(), snapshot: { primaryAbsentForMs: 2_999, stateStandingMs: 100 } });
  t.is(decision.kind, 'wait');
});

test('a member that did not freeze in time is not chosen', (t) => {
  const decision = frozen({ order: anOrder({ to: 'north-3' }), answers: { 'north-2': null, 'north-3': null } });
  t.like(decision, { kind: 'write', state: { phase: 'steady' } });
});

test('errant members stay out', (t) => {
  const members = records('freeze', { 'north-2': null }).map((record) =>
    record.node === 'north-3' ? aRecord('north-3', { ...record, quarantined: true }) : record,
  );
  const decision = frozen({ order: anOrder({ to: 'north-3' }), snapshot: { members } });
  t.like(decision, { kind: 'write', state: { phase: 'steady' } });
});

test('a ballot goes on obeying its order when its candidate was passed over', (t) => {
  const ordered = { kind: 'failover', id: 'order-1', to: null, by: 'root@north-1', acceptLossMs: 5_000 } as const;
  const again = frozen({ policy: { durability: 'lossless' }, ballot: { ordered, excluded: ['north-3'] } });
  t.like(again, { kind: 'write', state: { ballot: { candidate: 'south-1', ordered: { id: 'order-1' } } } });
});
