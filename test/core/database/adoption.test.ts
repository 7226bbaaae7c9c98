/** A live database is adopted as it is, or not at all. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { anArbiter, aPolicy, aRecord, NODES } from './a-database.ts';

function unmanaged(differences: Readonly<Record<string, Partial<MemberRecord> | null>> = {}): ArbiterSnapshot {
  const members = NODES.flatMap((node) => {
    const difference = differences[node];
    if (difference === null) return [];
    return [aRecord(node, { ...(node === 'north-1' ? { readOnly: false, follows: null } : {}), ...difference })];
  });
  return { ...anArbiter({ members }), state: undefined };
}

test('the one open server becomes the primary of term 1 and has never held a key', (t) => {
  const decision = decideArbiter(unmanaged());
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  const { state } = decision;
  t.is(state.term, 1n);
  t.is(state.primary, 'north-1');
  t.is(state.primaryInvocation, 'north-1#1');
  t.is(state.phase, 'steady');
  t.is(state.switchedAtMs, 0);
  t.deepEqual(state.ackers, []);
  t.deepEqual(
    decision.events.map((event) => event.name),
    ['database:primary:adopted'],
  );
});

const refused = test.macro({
  exec: (t, differences: Readonly<Record<string, Partial<MemberRecord> | null>>) => {
    const decision = decideArbiter(unmanaged(differences));
    if (decision.kind !== 'wait') return void t.fail('something was written');
    t.deepEqual(
      decision.refusals.map((event) => event.refusal),
      ['PreconditionUnmet'],
    );
  },
  title: (name) => `nothing is adopted ${name}`,
});
test('while two servers are open', refused, { 'north-2': { readOnly: false } });
test('while no server is open', refused, { 'north-1': { readOnly: true } });
test('while a member says nothing', refused, { 'south-1': null });
test("while a member's server is down", refused, { 'south-1': { serverUp: false } });

test('nothing is adopted, and nothing said, while a member speaks of the time before this policy', (t) => {
  for (const policyRevision of [6n, 8n, null])
    t.deepEqual(decideArbiter(unmanaged({ 'north-2': { policyRevision } })), { kind: 'wait', refusals: [] });
});

test('nothing is adopted in shadow mode', (t) => {
  const snapshot = { ...unmanaged(), policy: aPolicy({ mode: 'observe' }) };
  t.deepEqual(decideArbiter(snapshot), { kind: 'wait', refusals: [] });
});
