/** A store that went back is believed on an operator's word only, and nothing that it says of acknowledgements is. */
import test from 'ava';
import {
  adoptStore,
  type StoreAdoptionQuestion,
  type StoreAdoptionRefusalCode,
} from '../../../src/core/database/store-adoption.ts';
import { aPolicy, aRecord, aState, inBallot, NODES } from './a-database.ts';

const SEEN: Record<string, bigint> = { 'north-1': 7n, 'north-2': 9n, 'north-3': 9n, 'south-1': 4n };
const closed = NODES.map((node) => aRecord(node, { follows: null, readOnly: true, seenTerm: SEEN[node] ?? null }));
const but = (node: string, difference: Parameters<typeof aRecord>[1]) =>
  closed.map((each) => (each.node === node ? { ...each, ...difference } : each));
const sawOnly = (node: string, seenTerm: bigint) =>
  closed.map((each) => ({ ...each, seenTerm: each.node === node ? seenTerm : null }));
const northTwoOpen = but('north-2', { readOnly: false });

/** The store says term 4, everybody has seen 9, all servers are closed, and north-2 was the last primary. */
function asking(difference: Partial<StoreAdoptionQuestion> = {}): StoreAdoptionQuestion {
  return {
    policy: aPolicy().policy,
    state: aState({ hold: { owner: 'north-1', reason: 'stopped', sinceMs: 0 } }),
    members: closed,
    primary: 'north-2',
    isForced: false,
    wallMs: 5_000,
    ...difference,
  };
}

const refuses = test.macro({
  exec: (t, difference: Partial<StoreAdoptionQuestion>, ...codes: readonly StoreAdoptionRefusalCode[]) => {
    const verdict = adoptStore(asking(difference));
    if (verdict.ok) return t.fail('it was allowed');
    t.deepEqual(
      verdict.refusals.map((each) => each.code),
      [...codes],
    );
    for (const { reason, remedy } of verdict.refusals) t.true(reason !== '' && remedy !== '');
  },
  title: (name) => `refused: ${name}`,
});

const silent = sawOnly('north-2', 9n);
test('nothing is in the store', refuses, { state: undefined }, 'Unmanaged');
test('no member has seen a higher term', refuses, { members: sawOnly('north-1', 4n), isForced: true }, 'NotBehind');
test('nobody says what was seen', refuses, { members: [], isForced: true }, 'NotBehind');
test('an agent is silent', refuses, { members: silent }, 'AgentAway');
test('no server is open, and no last primary is named', refuses, { primary: undefined }, 'PrimaryUnknown');
test('the named one is no member', refuses, { primary: 'west-1' }, 'PrimaryUnknown');
test('another server is open', refuses, { members: northTwoOpen, primary: 'north-1' }, 'SeveralOpen');
test(
  'two are open',
  refuses,
  { members: northTwoOpen.map((each) => (each.node === 'north-1' ? { ...each, readOnly: false } : each)) },
  'SeveralOpen',
);
test('its server is down', refuses, { members: but('north-2', { serverUp: false }) }, 'NotFit');
test(
  'its agent is not registered',
  refuses,
  { members: closed.filter(({ node }) => node !== 'north-2') },
  'AgentAway',
  'NotFit',
);
test('it is quarantined', refuses, { members: but('north-2', { quarantined: true }) }, 'NotFit');
test('several things at once', refuses, { members: silent, primary: undefined }, 'AgentAway', 'PrimaryUnknown');

const past = { electable: [], ackersVersion: 4, unacknowledgedAtProof: null };

test('with no server open a ballot begins above every term, and the state cannot be taken back by any server', (t) => {
  for (const state of [aState(), inBallot('drain')]) {
    const verdict = adoptStore(asking({ state }));
    if (!verdict.ok) return t.fail(verdict.refusals[0]?.reason);
    t.like(verdict.state, { ...past, term: 10n, primary: 'north-2', primaryInvocation: '', phase: 'ballot' });
    t.like(verdict.state.ballot, { step: 'poll', formerPrimary: 'north-2', receipt: null, candidate: null });
    t.deepEqual(verdict.state.promotions, state.promotions);
  }
});

test('the one open server is the primary, stays open and takes its key as an adopted one does', (t) => {
  const verdict = adoptStore(asking({ members: northTwoOpen, primary: undefined }));
  if (!verdict.ok) return t.fail(verdict.refusals[0]?.reason);
  const { serverInvocation: primaryInvocation } = aRecord('north-2');
  t.like(verdict.state, { ...past, term: 10n, primary: 'north-2', primaryInvocation, phase: 'steady', hold: null });
  t.is(verdict.state.switchedAtMs, 0);
  t.is(verdict.state.ballot, null);
});

test("an operator's yes goes on without an agent that is silent", (t) => {
  t.like(adoptStore(asking({ members: silent, isForced: true })), { ok: true, state: { term: 10n } });
});
