/** Who acknowledges the primary's commits, and since when it can be counted on. */
import test from 'ava';
import type { ServerLook } from '../../../src/core/database/server-look.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { aLook, aMember, anAgent, aPolicy, aRecord, aState, NODES, waiting } from './a-database.ts';
import { does, writes } from './a-primary.ts';

const alone = aState({ acker: null, ackerInvocation: null, unacknowledgedAtProof: null });
const unproven = aState({ ackerInvocation: null, unacknowledgedAtProof: null });
const plain = { invocation: 'north-1#1', look: aLook() };
const waits = { invocation: 'north-1#1', look: aLook({ semiSync: waiting }) };
const attached = {
  invocation: 'north-1#1',
  look: aLook({ semiSync: { ...waiting, primaryEnabled: false, primaryActive: false } }),
};
const withAcker = (difference: Partial<MemberRecord>): readonly MemberRecord[] =>
  anAgent().members.map((record) => (record.node === 'north-2' ? { ...record, ...difference } : record));

test(
  'names a replica of its own region as its acker, not yet counted on',
  writes,
  { server: plain, state: alone },
  'write-state',
  () => ({
    acker: 'north-2',
    ackerInvocation: null,
    unacknowledgedAtProof: null,
    retiredAcker: null,
  }),
);
test(
  'does not put a way between regions into every commit',
  does,
  {
    server: plain,
    state: alone,
    members: [aRecord('south-1')],
  },
  { kind: 'none' },
);
test(
  'looks for an acker in its own region, whatever order the policy has',
  writes,
  {
    server: plain,
    state: alone,
    policy: aPolicy({ members: [...NODES].reverse().map((node) => aMember(node)) }),
    members: [aRecord('south-1'), aRecord('north-3')],
  },
  'write-state',
  () => ({ acker: 'north-3' }),
);
for (const [name, difference] of Object.entries({
  'is down': { serverUp: false },
  'is quarantined': { quarantined: true },
  'is being rebuilt': { rebuilding: true },
  'follows another one': { follows: 'south-1' },
} satisfies Record<string, Partial<MemberRecord>>)) {
  test(
    `does not name an acker that ${name}`,
    does,
    {
      server: plain,
      state: alone,
      members: [aRecord('north-2', difference)],
    },
    { kind: 'none' },
  );
}
test(
  'stops waiting only after the store says that there is no acker',
  does,
  { server: waits, state: alone },
  { kind: 'set-wait-for-ack', waitForAck: false },
);
test(
  'begins to wait when its acker is there',
  does,
  { server: attached, state: unproven },
  { kind: 'set-wait-for-ack', waitForAck: true },
);
test('does not begin to wait while nobody acknowledges', does, { server: plain, state: unproven }, { kind: 'none' });
test(
  'counts on its acker after a write that it acknowledged',
  writes,
  { server: waits, state: unproven },
  'close-ballot',
  () => ({
    ackerInvocation: 'north-2#1',
    unacknowledgedAtProof: 0,
  }),
);
test(
  'counts anew on an acker that was restarted',
  writes,
  {
    server: waits,
    members: withAcker({ serverInvocation: 'north-2#2' }),
  },
  'close-ballot',
  () => ({ ackerInvocation: 'north-2#2' }),
);
const fallenBack = (difference: Partial<ServerLook['semiSync']>) => ({
  invocation: 'north-1#1',
  look: aLook({ semiSync: { ...waiting, ...difference } }),
});
for (const [name, difference] of Object.entries({
  'does not wait now': { primaryActive: false },
  'has not waited for a while, and does again': { unacknowledged: 3 },
})) {
  test(
    `that ${name} counts on nobody until a new proof`,
    writes,
    { server: fallenBack(difference) },
    'write-state',
    () => ({ ackerInvocation: null, unacknowledgedAtProof: null }),
  );
}
test(
  'that fell back is told to wait again once its acker is there',
  does,
  { server: fallenBack({ primaryActive: false }), state: unproven },
  { kind: 'set-wait-for-ack', waitForAck: true },
);
test(
  'that waits again proves it, and remembers what was not acknowledged until then',
  writes,
  { server: fallenBack({ unacknowledged: 3 }), state: unproven },
  'close-ballot',
  () => ({ ackerInvocation: 'north-2#1', unacknowledgedAtProof: 3 }),
);
for (const [name, difference] of Object.entries({
  'does not follow': { follows: null },
  'does not acknowledge': { semiSyncReplica: false },
  'does not run': { serverInvocation: '' },
} satisfies Record<string, Partial<MemberRecord>>)) {
  test(
    `does not count on an acker that ${name}`,
    does,
    {
      server: waits,
      state: unproven,
      members: withAcker(difference),
    },
    { kind: 'none' },
  );
}
test(
  'does not count on an acker that is not attached',
  does,
  {
    server: { invocation: 'north-1#1', look: aLook({ semiSync: { ...waiting, clients: 0 } }) },
    state: unproven,
  },
  { kind: 'none' },
);
test(
  'that somebody told not to wait stops counting before anything else',
  writes,
  { server: attached },
  'write-state',
  () => ({ ackerInvocation: null, unacknowledgedAtProof: null }),
);
test('keeps its acker through a hiccup', does, { ackerLostForMs: 5_000 }, { kind: 'none' });
test('lets an acker go that stays away, in the store first', writes, { ackerLostForMs: 5_001 }, 'write-state', () => ({
  acker: null,
  ackerInvocation: null,
  unacknowledgedAtProof: null,
  retiredAcker: 'north-2',
}));
test(
  'waits for ever where nothing may be lost',
  does,
  {
    ackerLostForMs: 1_000_000,
    policy: aPolicy({ durability: 'lossless' }),
  },
  { kind: 'none' },
);
test(
  'puts the way between regions into every commit where writes are to outlive a region',
  writes,
  {
    server: plain,
    state: alone,
    members: [aRecord('north-2'), aRecord('south-1')],
    policy: aPolicy({ survives: 'region' }),
  },
  'write-state',
  () => ({ acker: 'south-1', ackerInvocation: null, unacknowledgedAtProof: null, retiredAcker: null }),
);
test(
  'lets an acker go that is not where the policy wants it',
  writes,
  { policy: aPolicy({ survives: 'region' }) },
  'write-state',
  () => ({ acker: null, ackerInvocation: null, unacknowledgedAtProof: null, retiredAcker: 'north-2' }),
);

const retired = aState({ acker: null, ackerInvocation: null, unacknowledgedAtProof: null, retiredAcker: 'north-2' });
const others = (difference: Partial<MemberRecord> | null): readonly MemberRecord[] => [
  ...(difference === null ? [] : [aRecord('north-2', difference)]),
  aRecord('north-3'),
];
test(
  'names nobody else while its last acker may still acknowledge',
  does,
  {
    server: plain,
    state: retired,
    members: others({ follows: null, semiSyncReplica: true }),
  },
  { kind: 'none' },
);
test(
  'names nobody else while its last acker is not heard of',
  does,
  { server: plain, state: retired, members: others(null) },
  { kind: 'none' },
);
test(
  'takes its last acker again',
  writes,
  {
    server: plain,
    state: retired,
    members: others({ semiSyncReplica: true }),
  },
  'write-state',
  () => ({ acker: 'north-2', ackerInvocation: null, retiredAcker: null }),
);
test(
  'is free to name another one when its last acker has switched off',
  writes,
  {
    server: plain,
    state: retired,
    members: others({ semiSyncReplica: false }),
  },
  'write-state',
  () => ({ retiredAcker: null }),
);
