/**
 * Commits that wait for an acknowledgement which nobody will send are ended only if an acker has what they wrote. north-1 is
 * the open primary, north-2 its acker, and the binary log ends with 0-101-20.
 */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { appliedOf } from '../../../src/core/database/vain-waiting.ts';
import { aLook, anAcker, anAgent, aRecord, aReplicaLook, aState, NODES, waiting } from './a-database.ts';

const POSITION = '0-101-20';
const server = { invocation: 'north-1#1', look: aLook({ binlogPos: POSITION, semiSync: waiting }) };
const has = (node: string, pos = POSITION, invocation = `${node}#1`) => new Map([[node, { invocation, pos }]]);
const stuck = { server, commitsWaitForMs: 2_000, appliedBy: has('north-2') } as const;

const records = (difference: Parameters<typeof aRecord>[1]) =>
  NODES.map((each) => {
    if (each === 'north-1') return aRecord(each, { follows: null, account: null, readOnly: false });
    return aRecord(each, each === 'north-2' ? difference : {});
  });

const does = test.macro((t, difference: Partial<MemberSnapshot>, expected: MemberAction['kind']) => {
  t.is(decideMember(anAgent({ ...stuck, ...difference })).action.kind, expected);
});

test('what the acker has applied waits for nothing', does, {}, 'end-waiting');
test('it may come yet', does, { commitsWaitForMs: 1_999 }, 'none');
test('the acker lacks the last transaction', does, { appliedBy: has('north-2', '0-101-19') }, 'none');
test('the acker was restarted since', does, { appliedBy: has('north-2', POSITION, 'north-2#0') }, 'none');
test('somebody has it who is no acker', does, { appliedBy: has('north-3') }, 'none');
test('nobody has said anything', does, { appliedBy: new Map() }, 'none');
test('the acker does not follow now', does, { members: records({ follows: null }) }, 'none');
test(
  'nobody acknowledges now',
  does,
  {
    server: { ...server, look: aLook({ binlogPos: POSITION, semiSync: { ...waiting, clients: 0 } }) },
  },
  'none',
);
test(
  'it goes before the replacement of an acker that is lost, which has to prove a write',
  does,
  {
    state: aState({ ackers: [anAcker('north-2'), anAcker('north-3')] }),
    ackersLostForMs: new Map([['north-3', 60_000]]),
  },
  'end-waiting',
);

test('it is told with the position and the acker that has it', (t) => {
  const [event] = decideMember(anAgent(stuck)).events;
  t.is(event?.name, 'database:commits:ended');
  t.deepEqual(event?.facts, { waitedMs: 2_000, acker: 'north-2', position: POSITION });
});

test('a member says what its server has applied, and nothing of one that cannot be asked', (t) => {
  const look = aReplicaLook({ appliedPos: '0-101-7' });
  t.deepEqual(appliedOf({ invocation: 'i', look }), { invocation: 'i', pos: '0-101-7' });
  t.is(appliedOf({ invocation: undefined, look }), null);
  t.is(appliedOf({ invocation: 'i', look: undefined }), null);
});
