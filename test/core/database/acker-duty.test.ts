/** What is claimed of the primary's commits, and when: waiting, proving, giving up. Who is of the set is another file. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { ServerLook } from '../../../src/core/database/server-look.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { aLook, anAcker, anAgent, aPolicy, aRecord, aState, NODES, waiting } from './a-database.ts';
import { does, writes } from './a-primary.ts';

const lossless = aPolicy({ durability: 'lossless' });
const unproven = aState({ unacknowledgedAtProof: null });
const pair = [anAcker('north-2'), anAcker('north-3')];
const looking = (difference: Partial<ServerLook['semiSync']> = {}) => ({
  invocation: 'north-1#1',
  look: aLook({ semiSync: { ...waiting, ...difference } }),
});
const notWaiting = { primaryEnabled: false, primaryActive: false };
const withAckers = (...differences: readonly Partial<MemberRecord>[]): readonly MemberRecord[] =>
  NODES.map((node, index) => {
    if (node === 'north-1') return aRecord(node, { follows: null, account: null, readOnly: false });
    return aRecord(node, differences[index - 1] ?? {});
  });
const acknowledges = { semiSyncReplica: true };
const lost = (...nodes: readonly string[]) => new Map(nodes.map((node) => [node, 5_001]));

const begins = { kind: 'set-wait-for-ack', waitForAck: true } as const;
const ends = { kind: 'set-wait-for-ack', waitForAck: false } as const;
test('begins to wait when its acker is attached', does, { server: looking(notWaiting), state: unproven }, begins);
test(
  'does not begin to wait while nobody is attached',
  does,
  { server: looking({ ...notWaiting, clients: 0 }), state: unproven },
  { kind: 'none' },
);
test('claims it after a write that was acknowledged', writes, { server: looking(), state: unproven }, 'claim', () => ({
  unacknowledgedAtProof: 0,
}));
test(
  'proves anew with the process of an acker that was restarted',
  writes,
  { server: looking(), members: withAckers({ serverInvocation: 'north-2#2' }) },
  'claim',
  () => ({ ackers: [anAcker('north-2', { invocation: 'north-2#2' })] }),
);
test(
  'proves anew with the account that an acker uses now',
  writes,
  { server: looking(), members: withAckers({ account: 'other' }) },
  'claim',
  () => ({ ackers: [anAcker('north-2', { account: 'other' })] }),
);
test(
  'proves with those that are there, and keeps what is known of the others',
  writes,
  {
    server: looking(),
    state: aState({ ackers: pair, unacknowledgedAtProof: null }),
    policy: aPolicy({ ackers: 2 }),
    members: withAckers(
      { follows: null, serverInvocation: 'north-2#9' },
      { ...acknowledges, serverInvocation: 'north-3#2' },
    ),
  },
  'claim',
  () => ({ ackers: [anAcker('north-2'), anAcker('north-3', { invocation: 'north-3#2' })], unacknowledgedAtProof: 0 }),
);
for (const [name, difference] of Object.entries({
  'does not follow': { follows: null },
  'does not acknowledge': { semiSyncReplica: false },
  'does not run': { serverInvocation: '' },
  'is being rebuilt': { rebuilding: true },
  'is quarantined': { quarantined: true },
} satisfies Record<string, Partial<MemberRecord>>)) {
  test(
    `proves nothing with an acker that ${name}`,
    does,
    { server: looking(), state: unproven, members: withAckers(difference), policy: lossless },
    { kind: 'none' },
  );
}
test('proves nothing while somebody else may acknowledge', (t) => {
  const { action, refusals } = decideMember(
    anAgent({
      server: looking({ clients: 2 }),
      state: aState({ electable: [...NODES].slice(1), unacknowledgedAtProof: null }),
    }),
  );
  t.is(action.kind, 'none');
  t.is(refusals[0]?.name, 'database:acker:unknown');
});

const gives = { unacknowledgedAtProof: null };
for (const [name, difference] of Object.entries({
  'does not wait now': { primaryActive: false },
  'has not waited for a while, and does again': { unacknowledged: 3 },
  'was told by somebody not to wait': notWaiting,
})) {
  test(
    `that ${name} claims nothing until a new proof`,
    writes,
    { server: looking(difference) },
    'write-state',
    () => gives,
  );
}
test(
  'that fell back is told to wait again once its acker is there',
  does,
  { server: looking({ primaryActive: false }), state: unproven },
  begins,
);
test(
  'that waits again proves it, and remembers what was not acknowledged until then',
  writes,
  { server: looking({ unacknowledged: 3 }), state: unproven },
  'claim',
  () => ({ unacknowledgedAtProof: 3 }),
);

// With nobody there.
const alone = [aRecord('north-2', { follows: null })];
test(
  'lets commits wait through a hiccup',
  does,
  { members: alone, ackersLostForMs: new Map([['north-2', 5_000]]) },
  { kind: 'none' },
);
test(
  'gives the claim up in the store first',
  writes,
  { members: alone, ackersLostForMs: lost('north-2') },
  'write-state',
  () => gives,
);
test('then lets commits pass', does, { members: alone, state: unproven, ackersLostForMs: lost('north-2') }, ends);
test(
  'gives it up only when the last one is lost',
  does,
  {
    state: aState({ ackers: pair }),
    policy: aPolicy({ ackers: 2 }),
    members: withAckers({ follows: null }, { follows: null }),
    ackersLostForMs: lost('north-2'),
  },
  { kind: 'none' },
);
test('lets commits wait for ever where nothing may be lost, and says so', (t) => {
  const snapshot = { members: alone, ackersLostForMs: lost('north-2'), policy: lossless };
  const { action, refusals } = decideMember(anAgent({ ...snapshot, state: aState({ electable: ['north-2'] }) }));
  t.is(action.kind, 'none');
  t.is(refusals[0]?.name, 'database:acker:awaited');
});
