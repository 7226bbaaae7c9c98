/** The recorded primary in steady times: its key, its receipt, and a server that hangs. Its acker is in acker.test.ts. */
import test from 'ava';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { aLook, anAgent, aPolicy, aReceipt, aRecord, aState } from './a-database.ts';
import { does, writes } from './a-primary.ts';

const closed = aLook({ readOnly: true });
const gone = { invocation: undefined, look: undefined };
const down: Partial<MemberSnapshot> = { server: gone };
const restarted: Partial<MemberSnapshot> = { server: { invocation: 'north-1#2', look: closed } };

test('with everything in order does nothing', does, {}, { kind: 'none' });

// The key and the receipt.
test(
  'that lost its lease takes its key again and clears what went before',
  writes,
  {
    holdsRights: false,
    primary: undefined,
    server: { invocation: 'north-1#1', look: closed },
    state: aState({
      hold: { owner: 'north-1', reason: 'stopped', sinceMs: 0 },
      unfinished: { term: 4n, outcome: 'vetoed' },
    }),
  },
  'take-key',
  () => ({ hold: null, unfinished: null }),
);
test(
  'that was adopted notes its first key',
  writes,
  {
    holdsRights: false,
    primary: undefined,
    state: aState({ switchedAtMs: 0 }),
  },
  'take-key',
  () => ({ switchedAtMs: 1_000_000 }),
);
test(
  'with its key opens, waiting for its acker',
  does,
  { server: { invocation: 'north-1#1', look: closed } },
  { kind: 'open', waitForAck: true },
);
test(
  'with its key and no acker opens without waiting',
  does,
  {
    server: { invocation: 'north-1#1', look: closed },
    state: aState({ ackers: [] }),
  },
  { kind: 'open', waitForAck: false },
);
test(
  'that cannot be asked is left alone while its lease is held',
  does,
  { server: { invocation: 'north-1#1', look: undefined } },
  { kind: 'none' },
);
const receipt = aReceipt({ atMs: 1_000_000 });
test(
  'whose server is gone says so, and ends the hold and the pause',
  writes,
  {
    ...down,
    state: aState({
      hold: { owner: 'north-1', reason: 'stopped', sinceMs: 0 },
      unfinished: { term: 4n, outcome: 'vetoed' },
    }),
  },
  'issue-receipt',
  () => ({ receipt, hold: null, unfinished: null }),
);
test('whose server was restarted never reopens it', writes, restarted, 'issue-receipt', () => ({ receipt }));
test('writes one receipt', does, { ...down, state: aState({ receipt }) }, { kind: 'none' });
test(
  'with a receipt and a restarted server waits for a ballot',
  does,
  {
    ...restarted,
    state: aState({ receipt }),
    stateStandingMs: 1_000_000,
  },
  { kind: 'none' },
);
test(
  'starts its server for a ballot that does not come, with all that it had',
  does,
  {
    ...down,
    state: aState({ receipt }),
    stateStandingMs: 10_001,
  },
  { kind: 'start-server', role: 'keep' },
);
test(
  'starts its server at once when an acker can prove nothing any more',
  does,
  {
    ...down,
    state: aState({ receipt }),
    members: [aRecord('north-2', { serverInvocation: 'north-2#2' })],
  },
  { kind: 'start-server', role: 'keep' },
);
test(
  'does not start its server again at once',
  does,
  {
    ...down,
    state: aState({ receipt }),
    stateStandingMs: 10_001,
    notes: { ...anAgent().notes, startedAgoMs: 9_999 },
  },
  { kind: 'none' },
);

// A server that hangs.
const hungAfterMs = aPolicy().policy.hungAfterMs;
const replicas = aState({ electable: ['north-2'] });
const hangs = { state: replicas, writesFailForMs: hungAfterMs };
test('whose server takes no write for the time of the policy ends it', does, hangs, { kind: 'kill' });
test(
  'ends also a server that answers nothing at all',
  does,
  { ...hangs, server: { invocation: 'north-1#1', look: undefined } },
  { kind: 'kill' },
);
test('whose server is only slow leaves it', does, { ...hangs, writesFailForMs: hungAfterMs - 1 }, { kind: 'none' });
test(
  'leaves a server that hangs if nobody could be opened instead',
  does,
  { ...hangs, state: aState({ electable: [] }), members: [] },
  { kind: 'none' },
);
