/** Who becomes an acker, who is shut out, and who cannot be. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { aLook, aMember, anAcker, anAgent, aPolicy, aRecord, aState, NODES, waiting } from './a-database.ts';
import { does, writes } from './a-primary.ts';

const alone = aState({ ackers: [], unacknowledgedAtProof: null });
const plain = { invocation: 'north-1#1', look: aLook() };
const two = aPolicy({ ackers: 2 });
const remote = aPolicy({ survives: 'region' });
const entered = (...nodes: readonly string[]) => ({ ackers: nodes.map((node) => anAcker(node)), ackersVersion: 4 });
const all = (differences: Readonly<Record<string, Partial<MemberRecord>>> = {}): readonly MemberRecord[] =>
  NODES.map((node) => {
    const primary = node === 'north-1' ? { follows: null, account: null, readOnly: false } : {};
    return aRecord(node, { ...primary, ...differences[node] });
  });
const lost = (node: string) => new Map([[node, 5_001]]);
const acknowledges = { semiSyncReplica: true };

test('names a replica of its own region', writes, { server: plain, state: alone }, 'write-state', () =>
  entered('north-2'),
);
test('names as many as are wanted, one by one', writes, { policy: two }, 'write-state', () =>
  entered('north-2', 'north-3'),
);
test('names no more than are wanted', does, {}, { kind: 'none' });
test(
  'puts no way between regions into every commit',
  does,
  { server: plain, state: alone, members: [aRecord('south-1')] },
  { kind: 'none' },
);
test(
  'puts it there where writes are to outlive a region',
  writes,
  { server: plain, state: alone, policy: remote },
  'write-state',
  () => entered('south-1'),
);
test(
  'names the first of the policy',
  writes,
  { server: plain, state: alone, policy: aPolicy({ members: [...NODES].reverse().map((node) => aMember(node)) }) },
  'write-state',
  () => entered('north-3'),
);
for (const [name, difference] of Object.entries({
  'is down': { serverUp: false },
  'is quarantined': { quarantined: true },
  'is being rebuilt': { rebuilding: true },
  'follows another one': { follows: 'south-1' },
} satisfies Record<string, Partial<MemberRecord>>)) {
  test(
    `does not name a member that ${name}`,
    does,
    { server: plain, state: alone, members: [aRecord('north-2', difference)] },
    { kind: 'none' },
  );
}

// Replacing.
const replaced: Partial<MemberSnapshot> = {
  state: aState({ ackers: [anAcker('north-2'), anAcker('north-3')] }),
  members: all({ 'north-2': { follows: null }, 'north-3': { ...acknowledges, serverInvocation: 'north-3#2' } }),
  ackersLostForMs: lost('north-2'),
};
test(
  'names another one when its acker is lost, and waits for either',
  writes,
  { members: all({ 'north-2': { follows: null } }), ackersLostForMs: lost('north-2') },
  'write-state',
  () => entered('north-2', 'north-3'),
);
test('shuts the lost one out when the other one acknowledges', writes, replaced, 'shut-out', () => ({
  ackers: [anAcker('north-3', { invocation: 'north-3#2' })],
  ackersVersion: 4,
}));
test('locks the account of whom it shuts out', does, replaced, { kind: 'shut-out', account: 'repl-north-2' });
test(
  'locks the account that it was named with if nothing is heard of it',
  does,
  { ...replaced, members: all({ 'north-3': acknowledges }).filter(({ node }) => node !== 'north-2') },
  { kind: 'shut-out', account: 'repl-north-2' },
);
test(
  'shuts nobody out before the other one acknowledges',
  does,
  { ...replaced, members: all({ 'north-2': { follows: null } }) },
  {
    kind: 'none',
  },
);
test(
  'shuts nobody out while nothing is claimed: a write has to prove it first',
  does,
  { ...replaced, state: aState({ ackers: [anAcker('north-2'), anAcker('north-3')], unacknowledgedAtProof: null }) },
  { kind: 'claim' },
);
test(
  'shuts out who is where the policy does not want it',
  writes,
  {
    policy: remote,
    state: aState({ ackers: [anAcker('north-2'), anAcker('south-1')] }),
    members: all({ 'south-1': acknowledges }),
  },
  'shut-out',
  () => entered('south-1'),
);
test(
  'keeps who is there until the policy can be followed',
  does,
  { policy: remote, members: all({ 'south-1': { serverUp: false } }) },
  { kind: 'none' },
);
test(
  'shuts out the last of too many',
  writes,
  {
    state: aState({ ackers: [anAcker('north-2'), anAcker('north-3')] }),
    members: all({ 'north-3': acknowledges }),
  },
  'shut-out',
  () => entered('north-2'),
);

// Whoever cannot be shut out stays.
const lookingAt = (accounts: { lockable: readonly string[]; locked: readonly string[] }) => ({
  invocation: 'north-1#1',
  look: aLook({ semiSync: waiting, accounts }),
});
for (const [name, difference, obstacle] of [
  [
    'shares its account',
    {
      members: all({ 'north-2': { account: 'repl', follows: null }, 'north-3': { ...acknowledges, account: 'repl' } }),
    },
    /like north-3/,
  ],
  ['uses an account that may not be locked', { server: lookingAt({ lockable: [], locked: [] }) }, /grants\.yaml/],
  [
    'has not said its account',
    {
      members: all({ 'north-2': { account: null }, 'north-3': acknowledges }),
      state: aState({ ackers: [anAcker('north-2', { account: null }), anAcker('north-3')] }),
    },
    /has not said/,
  ],
] as const satisfies readonly (readonly [string, Partial<MemberSnapshot>, RegExp])[]) {
  test(`a primary keeps a lost acker that ${name}, and says so`, (t) => {
    const snapshot = anAgent({ ...replaced, ...difference });
    const state = { ...(snapshot.state ?? aState()), electable: ['north-2', 'north-3', 'south-1'] };
    const { action, refusals } = decideMember({ ...snapshot, state });
    t.not(action.kind, 'shut-out');
    t.is(refusals[0]?.name, 'database:acker:kept');
    t.regex(refusals[0]?.message ?? '', obstacle);
  });
}

// Locks.
const lockedOut = { server: lookingAt({ lockable: ['repl-north-2'], locked: ['repl-north-2'] }) };
const without = aState({ ackers: [anAcker('north-3')] });
test('lets an acker in that is locked out', does, lockedOut, { kind: 'let-in', accounts: ['repl-north-2'] });
test(
  'lets in who goes by this set',
  does,
  { ...lockedOut, state: without, members: all({ 'north-2': { semiSyncReplica: false } }) },
  { kind: 'let-in' },
);
for (const [name, record] of Object.entries({
  'may acknowledge still': { ackersVersion: null },
  'goes by an earlier set': { ackersVersion: 2 },
} satisfies Record<string, Partial<MemberRecord>>)) {
  test(
    `does not let in who ${name}`,
    does,
    { ...lockedOut, state: without, members: all({ 'north-2': record, 'north-3': acknowledges }) },
    { kind: 'none' },
  );
}
test(
  'does not let in whom nobody knows',
  does,
  { ...lockedOut, state: without, members: all({ 'north-3': acknowledges }).filter(({ node }) => node !== 'north-2') },
  { kind: 'none' },
);
test('a replica lifts what was locked while it was the primary', (t) => {
  const server = {
    invocation: 'south-1#1',
    look: aLook({ readOnly: true, accounts: { lockable: [], locked: ['repl-north-2'] } }),
  };
  const { action } = decideMember(anAgent({ node: 'south-1', server, state: without }));
  t.deepEqual(action, { kind: 'let-in', accounts: ['repl-north-2'], state: null });
});
