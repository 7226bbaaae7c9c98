/** Where the management of a database ends, and by which times a lease counts while it lasts. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import { inForce } from '../../../src/core/database/management.ts';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import { aKey, aLook, anAgent, anArbiter, aPolicy, aRecord, aState, inBallot, NODES } from './a-database.ts';

const observing = aPolicy({ mode: 'observe' });
const open = { invocation: 'north-1#1', look: aLook({ readOnly: false }) };
const closed = { invocation: 'north-1#1', look: aLook({ readOnly: true }) };
const timing = { ttlMs: 3_000, marginMs: 600 };

const does = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>, kind: MemberAction['kind']) => {
    const snapshot = anAgent({
      node: 'north-1',
      holdsRights: true,
      server: open,
      policy: observing,
      ...difference,
    });
    const { action } = decideMember(snapshot);
    t.is(action.kind, kind);
    if (action.kind !== 'write-state') return;
    t.is(action.state.phase, 'unmanaged');
    t.deepEqual(
      action.state.electable,
      aState().electable,
      'whose promises keep it open if the store is lost just now',
    );
  },
  title: (name) => `under a policy that only observes, ${name}`,
});
test('an open primary says that it is managed no more', does, {}, 'write-state');
test('a primary that is closed is not let go', does, { server: closed }, 'none');
const another = { node: 'north-2', term: 4n, bootId: 'north-2-boot', serverInvocation: 'north-2#1' };
test('a primary whose agent was ended before it let go takes its key first', does, { holdsRights: false }, 'take-key');
test('a primary whose key another one has is left alone', does, { holdsRights: false, primary: another }, 'none');
const restarted = { invocation: 'north-1#2', look: aLook({ readOnly: false }) };
test('a restarted server is left alone', does, { holdsRights: false, server: restarted }, 'none');
test(
  'an open primary ends a ballot that has not chosen',
  does,
  { state: inBallot('poll', { receipt: null }), primary: undefined },
  'take-key',
);
test('a ballot that has chosen stands still', does, { state: inBallot('drain'), primary: undefined }, 'none');
const opened = { state: inBallot('prove', { candidate: 'north-1' }) };
test('a new primary that is open says that it is', does, opened, 'close-ballot');
test('also one whose agent was restarted meanwhile', does, { ...opened, holdsRights: false }, 'take-key');
test('not one that is another process', does, { ...opened, server: restarted }, 'none');
test('nothing is written while the store is away', does, { storeAwayForMs: 1 }, 'none');

for (const mode of ['observe', 'enforce'] as const) {
  const state = aState({ phase: 'unmanaged' });
  test(
    `a right that is left over is let go, with the server open (${mode})`,
    does,
    { state, policy: aPolicy({ mode }) },
    'let-go',
  );
  const over = { state, policy: aPolicy({ mode }), holdsRights: false };
  test(`an open server that nobody manages is not closed (${mode})`, does, over, 'none');
}

const readopted = (state: DatabaseState, difference: Parameters<typeof anArbiter>[0] = {}) => {
  const members = NODES.map((node) => aRecord(node, node === 'north-2' ? { readOnly: false, follows: null } : {}));
  return decideArbiter({ ...anArbiter({ members, primary: undefined, ...difference }), state });
};

test('a released database is adopted anew, whoever is open by then', (t) => {
  const ackers = [
    { node: 'north-3', account: 'repl_3', invocation: 'i3' },
    { node: 'north-2', account: 'repl_2', invocation: 'i2' },
  ];
  const former = aState({ phase: 'unmanaged', term: 4n, ackers, ackersVersion: 7, unacknowledgedAtProof: 0, timing });
  const decision = readopted(former, { policy: aPolicy({ ttlMs: 5_000 }) });
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  const { term, primary, phase, ackersVersion, unacknowledgedAtProof, timing: taken } = decision.state;
  t.deepEqual(
    { term, primary, phase, ackersVersion, unacknowledgedAtProof },
    { term: 5n, primary: 'north-2', phase: 'steady', ackersVersion: 8, unacknowledgedAtProof: null },
  );
  t.deepEqual(decision.state.ackers, ackers.slice(0, 1), 'who acknowledged may do so still');
  t.deepEqual(taken, { ttlMs: 5_000, marginMs: 600 });
});

test('not before its last primary has let go of its key', (t) => {
  const state = aState({ phase: 'unmanaged' });
  t.deepEqual(readopted(state, { primary: aKey() }), { kind: 'wait', refusals: [] });
});

test('also while a server is known to be down, because its agent starts it closed', (t) => {
  const members = NODES.map((node) => {
    if (node === 'north-1') return aRecord(node, { serverUp: false, serverInvocation: '', follows: null });
    return aRecord(node, node === 'north-2' ? { readOnly: false, follows: null } : {});
  });
  t.is(readopted(aState({ phase: 'unmanaged' }), { members }).kind, 'write');
});

test('a lease counts by the times of the adoption', (t) => {
  const edited = aPolicy({ ttlMs: 8_000, marginMs: 900 });
  t.is(inForce(edited, aState({ timing })).policy.ttlMs, 3_000);
  t.is(inForce(edited, aState({ timing, phase: 'unmanaged' })).policy.ttlMs, 8_000);
  t.is(inForce(edited, aState({ timing: null })).policy.ttlMs, 8_000);
  t.is(inForce(edited, undefined).policy.marginMs, 900);
});

test('an edit of them is told, and nothing else comes of it', (t) => {
  const told = (difference: Parameters<typeof aPolicy>[0]) => {
    const decision = decideArbiter({
      ...anArbiter({ policy: aPolicy(difference), primary: aKey() }),
      state: aState({ timing }),
    });
    return decision.kind === 'wait' ? decision.refusals.map(({ name }) => name) : decision.kind;
  };
  t.deepEqual(told({ ttlMs: 8_000 }), ['database:timing:kept']);
  t.deepEqual(told({ marginMs: 900 }), ['database:timing:kept']);
  t.deepEqual(told({}), []);
});
