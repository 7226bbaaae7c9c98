/** Every other member in steady times: run, follow, acknowledge if told to, and never forget or bring in a write. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import { isCopyErrant } from '../../../src/core/database/member-replica.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { ReplicationLook, ServerLook } from '../../../src/core/database/server-look.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import {
  acknowledging,
  aMember,
  anAgent,
  aPromotion,
  aRecord,
  aReplicaLook,
  aReplication,
  aState,
  inBallot,
} from './a-database.ts';

const source = aMember('north-1');
const does = test.macro({
  exec: (t, node: string, difference: Partial<MemberSnapshot>, expected: Partial<MemberAction>) => {
    t.like(decideMember(anAgent({ node, ...difference })).action, expected);
  },
  title: (name) => `a replica ${name}`,
});
const looking = (node: string, replication: Partial<ReplicationLook>, look: Partial<ServerLook> = {}) => ({
  server: {
    invocation: `${node}#1`,
    look: aReplicaLook({
      replication: aReplication(replication),
      ...(node === 'north-2' ? { semiSync: acknowledging } : {}),
      ...look,
    }),
  },
});

test('that follows does nothing', does, 'south-1', {}, { kind: 'none' });
test('that acknowledges as it should does nothing', does, 'north-2', {}, { kind: 'none' });
test(
  'that cannot be asked does nothing',
  does,
  'south-1',
  { server: { invocation: 'south-1#1', look: undefined } },
  { kind: 'none' },
);
test(
  'that tries to reach its source is left to it',
  does,
  'south-1',
  looking('south-1', { receiving: false, connecting: true, receiveError: '2003' }),
  { kind: 'none' },
);

test(
  'is not made to follow a source again and again that lacks what it asks for',
  does,
  'south-1',
  {
    ...looking('south-1', { receiving: false, receiveError: '1236' }),
    notes: { ...anAgent().notes, repointedAgoMs: 4_999 },
  },
  { kind: 'none' },
);

// Following.
test(
  'that stopped receiving goes on, whatever error it had before',
  does,
  'south-1',
  looking('south-1', { receiving: false, receiveError: '2003' }),
  {
    kind: 'follow',
    source,
    demote: false,
    acknowledge: false,
  },
);
test('that stopped applying goes on', does, 'south-1', looking('south-1', { applying: false }), { kind: 'follow' });
test('of another server turns to the primary', does, 'south-1', looking('south-1', { sourceHost: 'north-3.example' }), {
  kind: 'follow',
  source,
});
test('of another port turns to the primary', does, 'south-1', looking('south-1', { sourcePort: 3307 }), {
  kind: 'follow',
});
test(
  'that was primary itself follows as one',
  does,
  'south-1',
  { server: { invocation: 'south-1#1', look: aReplicaLook({ replication: null }) } },
  {
    kind: 'follow',
    demote: true,
  },
);
const former = { server: { invocation: 'south-1#1', look: aReplicaLook({ replication: null }) } };
const fed = [aRecord('north-2', { follows: 'south-1' }), aRecord('south-1')];
test(
  'that was primary does not follow while others follow it',
  does,
  'south-1',
  { ...former, members: fed, stateStandingMs: 4_999 },
  { kind: 'none' },
);
test(
  'that was primary waits for those who follow it as long as a step may take',
  does,
  'south-1',
  { ...former, members: fed, stateStandingMs: 5_000 },
  { kind: 'follow', demote: true },
);
test(
  'that is named begins to acknowledge',
  does,
  'north-2',
  { server: { invocation: 'north-2#1', look: aReplicaLook() } },
  {
    kind: 'follow',
    acknowledge: true,
  },
);
test(
  'that is not named any more stops acknowledging',
  does,
  'south-1',
  looking('south-1', {}, { semiSync: acknowledging }),
  {
    kind: 'follow',
    acknowledge: false,
  },
);
test(
  'of a primary that the policy does not know does nothing',
  does,
  'south-1',
  {
    ...looking('south-1', { receiving: false }),
    state: aState({ primary: 'elsewhere' }),
  },
  { kind: 'none' },
);

// Forgetting.
const behind = { receiving: false, drained: false } as const;
test('with a backlog starts again while the primary has it all', does, 'south-1', looking('south-1', behind), {
  kind: 'follow',
});
test(
  'with a backlog waits while the primary is gone',
  does,
  'south-1',
  { ...looking('south-1', behind), primary: undefined },
  { kind: 'none' },
);
test(
  'without a backlog does not wait for the primary',
  does,
  'south-1',
  {
    ...looking('south-1', { receiving: false }),
    primary: undefined,
  },
  { kind: 'follow' },
);
test('that is counted on never forgets a backlog', does, 'north-2', looking('north-2', behind), { kind: 'none' });
test('that is counted on starts again when all is applied', does, 'north-2', looking('north-2', { receiving: false }), {
  kind: 'follow',
  acknowledge: true,
});
test(
  'that was restarted since it was counted on may start again',
  does,
  'north-2',
  {
    server: { ...looking('north-2', behind).server, invocation: 'north-2#2' },
  },
  { kind: 'follow' },
);
test(
  'that is named and not counted on may start again',
  does,
  'north-2',
  {
    ...looking('north-2', behind),
    state: aState({ unacknowledgedAtProof: null }),
  },
  { kind: 'follow' },
);

// Errant transactions.
const promoted: DatabaseState = aState({ promotions: [aPromotion('north-1', { binlogState: '0-101-40,0-102-50' })] });
const rejoining = (binlogState: string, followedTerm?: bigint): Partial<MemberSnapshot> => ({
  state: promoted,
  notes: { ...anAgent().notes, followedTerm },
  server: { invocation: 'north-2#1', look: aReplicaLook({ replication: null, serverId: 102, binlogState }) },
});
test('with nothing of its own beyond the promotion joins', does, 'north-2', rejoining('0-101-60,0-102-50'), {
  kind: 'follow',
});
test('with a write that the promoted one had not is quarantined', does, 'north-2', rejoining('0-101-40,0-102-51'), {
  kind: 'quarantine',
  term: 4n,
});
test(
  "with a third one's write that the promoted one had not is quarantined",
  does,
  'north-2',
  rejoining('0-102-50,0-201-51'),
  { kind: 'quarantine' },
);
test(
  'with a write of the promoted one that it had lost again is quarantined, if it comes from an older line',
  does,
  'north-2',
  rejoining('0-101-60,0-102-50', 3n),
  { kind: 'quarantine' },
);
test('that comes from this line has nothing to prove', does, 'north-2', rejoining('0-101-60,0-102-51', 4n), {
  kind: 'follow',
});
test(
  'that follows notes its line, once',
  does,
  'south-1',
  { notes: { ...anAgent().notes, followedTerm: 3n } },
  { kind: 'note-line', term: 4n },
);
test(
  'in quarantine that follows was given other data, and is let out',
  does,
  'south-1',
  { notes: { ...anAgent().notes, quarantinedAt: 3n } },
  { kind: 'note-line', term: 4n },
);
test(
  'in quarantine stays there for the term',
  does,
  'north-2',
  {
    ...rejoining('0-102-51'),
    notes: { ...anAgent().notes, quarantinedAt: 4n },
  },
  { kind: 'none' },
);
test(
  'in quarantine stays there under every other term: a newer promotion may hide what it has',
  does,
  'north-2',
  {
    ...rejoining('0-102-50'),
    notes: { ...anAgent().notes, quarantinedAt: 3n },
  },
  { kind: 'none' },
);

// Being rebuilt.
const gone = (): Partial<MemberSnapshot> => ({ server: { invocation: undefined, look: undefined } });
const quarantinedNotes = { ...anAgent().notes, quarantinedAt: 4n };
test(
  'whose data is being exchanged is not started',
  does,
  'south-1',
  { ...gone(), rebuild: 'taken' },
  { kind: 'none' },
);
test(
  'whose data is being exchanged does not follow',
  does,
  'south-1',
  { ...looking('south-1', { receiving: false }), rebuild: 'taken' },
  { kind: 'none' },
);
test(
  'that is open without a right is closed, also while it is rebuilt',
  does,
  'south-1',
  {
    server: { invocation: 'south-1#1', look: aReplicaLook({ readOnly: false, replication: null }) },
    rebuild: 'taken',
  },
  { kind: 'demote' },
);
test(
  'with new data ends its quarantine when the old data does not come back',
  does,
  'north-2',
  { ...rejoining(''), notes: quarantinedNotes, rebuild: 'joined' },
  { kind: 'note-line', term: 4n },
);
test(
  'with new data follows from the position of the copy',
  does,
  'north-2',
  { ...rejoining('', 4n), notes: quarantinedNotes, rebuild: 'joining' },
  { kind: 'follow', demote: false },
);
test(
  'with new data notes nothing while the old data may come back',
  does,
  'south-1',
  { notes: { ...anAgent().notes, followedTerm: 3n }, rebuild: 'joining' },
  { kind: 'none' },
);
test(
  'with new data that is errant all the same is quarantined',
  does,
  'north-2',
  {
    ...rejoining('0-102-51'),
    rebuild: 'joined',
  },
  { kind: 'quarantine' },
);
test(
  'with new data has no word in a ballot',
  does,
  'south-1',
  { state: inBallot('poll'), rebuild: 'joining' },
  {
    kind: 'none',
  },
);
test('whose copy is being received votes as ever', does, 'south-1', { state: inBallot('poll') }, { kind: 'answer' });
test("whose new data is errant has a quarantine of the new data's own, once the old data does not come back", (t) => {
  const isCopys = (binlogState: string, difference: Partial<MemberSnapshot>) =>
    isCopyErrant(anAgent({ node: 'north-2', ...rejoining(binlogState), notes: quarantinedNotes, ...difference }));
  t.true(isCopys('0-102-51', { rebuild: 'joined' }));
  t.false(isCopys('0-102-51', { rebuild: 'joining' }));
  t.false(isCopys('0-102-51', { rebuild: 'joined', notes: anAgent().notes }));
  t.false(isCopys('', { rebuild: 'joined' }));
});
test('names the promotion that left its transactions behind, and what to do', (t) => {
  const state = aState({ promotions: [aPromotion('north-1', { binlogState: '0-101-40', lossMs: 800 })] });
  const { events } = decideMember(anAgent({ node: 'north-2', ...rejoining('0-101-40,0-102-51'), state }));
  t.like(events[0]?.facts, { promotedTerm: '4', promotedLossMs: 800 });
  t.regex(events[0]?.message ?? '', /allowed to lose up to 800 ms.*regentctl database rebuild north-2/);
});

// Starting.
test('that is down is started, and forgets what was not acknowledged', does, 'south-1', gone(), {
  kind: 'start-server',
  role: 'former',
});
test(
  'that was just started is not started again',
  does,
  'south-1',
  {
    ...gone(),
    notes: { ...anAgent().notes, startedAgoMs: 9_999 },
  },
  { kind: 'none' },
);
test(
  'that was started some time ago is',
  does,
  'south-1',
  { ...gone(), notes: { ...anAgent().notes, startedAgoMs: 10_000 } },
  { kind: 'start-server' },
);
