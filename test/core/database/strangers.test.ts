/** Before a claim: who is shut out of the primary because it may acknowledge without being of the set, and who is not. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { aLook, aRecord, aState, NODES, waiting } from './a-database.ts';
import { does, inOrder } from './a-primary.ts';

const unclaimed = aState({ unacknowledgedAtProof: null });
const records = (differences: Readonly<Record<string, Partial<MemberRecord>>> = {}): readonly MemberRecord[] =>
  NODES.map((node) => {
    const own = node === 'north-1' ? { follows: null, account: null, readOnly: false } : {};
    return aRecord(node, { semiSyncReplica: node === 'north-2', ...own, ...differences[node] });
  });
const without = (node: string) => records().filter((record) => record.node !== node);
const lockable = (...nodes: readonly string[]) => ({
  invocation: 'north-1#1',
  look: aLook({ semiSync: waiting, accounts: { lockable: nodes.map((node) => `repl-${node}`), locked: [] } }),
});
/** It acknowledged for an earlier primary, and its agent has not heard of this one. */
const forgotten: Partial<MemberRecord> = { semiSyncReplica: true, ackersVersion: 2, seenTerm: 3n };
/** Its agent has seen this term. */
const notYet: Partial<MemberRecord> = { ackersVersion: null, seenTerm: 4n };

for (const [who, difference, strangers] of [
  ['nobody where all others go by the set', {}, []],
  ['who goes by a set of an earlier term', { members: records({ 'south-1': forgotten }) }, ['repl-south-1']],
  [
    'who says nothing, by each account that nobody owns',
    { members: without('south-1') },
    ['repl-north-1', 'repl-south-1'],
  ],
  ['not an acker, whatever it says', { members: records({ 'north-2': { ...notYet, semiSyncReplica: true } }) }, []],
  [
    'whose agent lives and has not said it for a while',
    { members: records({ 'south-1': notYet }), stateStandingMs: 5_001 },
    ['repl-south-1'],
  ],
  [
    'who is quarantined, because nothing will change',
    { members: records({ 'south-1': { ...notYet, quarantined: true } }), stateStandingMs: 1 },
    ['repl-south-1'],
  ],
  [
    'who was taken out of the policy and may follow still',
    { members: [...records(), aRecord('south-2', forgotten)], server: lockable(...NODES, 'south-2') },
    ['repl-south-2'],
  ],
  [
    'nobody while the claim stands, for which it was done',
    { state: aState(), members: records({ 'north-2': { serverInvocation: 'north-2#2' }, 'south-1': forgotten }) },
    [],
  ],
] as const satisfies readonly (readonly [string, Partial<MemberSnapshot>, readonly string[]])[]) {
  test(
    `that proves shuts out ${who}`,
    does,
    { state: unclaimed, members: records(), ...difference },
    { kind: 'claim', strangers },
  );
}

test(
  'waits for an agent that lives to say what it goes by',
  does,
  { state: unclaimed, members: records({ 'south-1': notYet }), stateStandingMs: 5_000 },
  { kind: 'none' },
);

for (const [who, difference, obstacle] of [
  [
    'shares its account',
    { members: records({ 'south-1': { ...forgotten, account: 'repl-north-3' } }) },
    /^nothing is claimed, because south-1 .* like north-3: .*db\.replicationUser/,
  ],
  [
    'uses an account that may not be locked',
    { members: records({ 'south-1': forgotten }), server: lockable('north-1', 'north-2', 'north-3', 'south-9') },
    /south-1 .* grants\.yaml/,
  ],
  [
    'may use an account that nobody knows',
    { members: without('south-1'), server: lockable('north-1', 'north-2', 'north-3') },
    /south-1 .* nobody says .* take it out of the policy/,
  ],
  [
    'may use an account of another member',
    { members: without('south-1').map((record) => ({ ...record, account: 'repl-north-3' })) },
    /south-1 .* nobody says/,
  ],
] as const satisfies readonly (readonly [string, Partial<MemberSnapshot>, RegExp])[]) {
  test(`nothing is claimed while somebody ${who}`, (t) => {
    const { action, refusals } = decideMember(inOrder({ state: unclaimed, ...difference }));
    t.not(action.kind, 'claim');
    t.is(refusals[0]?.name, 'database:acker:unknown');
    t.regex(refusals[0]?.message ?? '', obstacle);
  });
}
