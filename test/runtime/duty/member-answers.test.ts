/** What a member answers to a ballot, and what it knows of the primary's writes. */
import test from 'ava';
import type { ServerLook } from '../../../src/actuator/database-server.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { Ballot, BallotStep, ExclusionCode } from '../../../src/core/database/state.ts';
import { MemberAnswers } from '../../../src/runtime/duty/member-answers.ts';
import { FakeTime } from '../fake-time.ts';
import { NODE, steady } from './a-database.ts';
import { aSnapshot } from './a-member-snapshot.ts';
import { AServer, aLook, replicating } from './a-server.ts';

function answering() {
  const time = new FakeTime();
  const server = new AServer();
  return { time, server, answers: new MemberAnswers({ server, clock: time, wallMs: time.wallMs }) };
}

test('nothing was answered before an answer is given', (t) => {
  t.is(answering().answers.given, undefined);
});

test('a replica answers with what it received, applied and has in its binlog', async (t) => {
  const { server, answers } = answering();
  server.facts = {
    ...aLook,
    readOnly: true,
    replication: replicating,
    appliedPos: '0-1-5',
    binlogState: '0-1-5,0-2-3',
  };
  const answer = await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null });
  t.deepEqual(answer, {
    term: 8n,
    step: 'freeze',
    order: null,
    ok: true,
    excluded: null,
    serverId: 103,
    receivedPos: '0-102-9',
    appliedPos: '0-1-5',
    binlogPos: '0-103-9',
    binlogState: '0-1-5,0-2-3',
    followedTerm: null,
    writeProbeAgeMs: null,
    arrivalLagMs: null,
  });
  t.is(answers.given, undefined, 'a look is no answer yet');
  answers.give(answer);
  t.is(answers.given, answer);
});

test('a server that received nothing in this life answers with its own binlog position', async (t) => {
  const { server, answers } = answering();
  server.facts = { ...aLook, replication: { ...replicating, receivedPos: '' } };
  t.is((await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null })).receivedPos, '0-103-9');
});

const ballot: Ballot = {
  step: 'poll',
  formerPrimary: 'north-2',
  cause: 'a cause',
  receipt: null,
  openedAtMs: 1,
  candidate: null,
  polled: [],
  excluded: [],
  absentForMs: 0,
  catchUp: null,
  lossMs: null,
  ordered: null,
  fences: [],
};
const during = (difference: Partial<Ballot>) => ({
  state: { ...steady, phase: 'ballot' as const, ballot: { ...ballot, ...difference } },
});

const excludes = test.macro(
  async (
    t,
    expected: ExclusionCode | null,
    look: Partial<ServerLook>,
    snapshot: Partial<MemberSnapshot> = {},
    step: BallotStep = 'poll',
  ) => {
    const { server, answers } = answering();
    server.facts = { ...aLook, replication: replicating, ...look };
    const answer = await answers.look(aSnapshot(snapshot), { step, term: 8n, order: null });
    t.is(answer.excluded, expected);
    t.is(answer.ok, expected === null);
  },
);
const notes = {
  highestTerm: 7n,
  startedAgoMs: undefined,
  repointedAgoMs: undefined,
  quarantinedAt: 6n,
  followedTerm: undefined,
};

test('a replica that applies can be promoted', excludes, null, {});
test('a quarantined server cannot', excludes, 'ErrantTransactions', {}, { notes });
test('a server that does not log what it applies cannot', excludes, 'NoLogSlaveUpdates', { logsReplicated: false });
test('a server whose applier failed cannot', excludes, 'SqlError', {
  replication: { ...replicating, applyError: 'duplicate key' },
});
test('a server that neither applies nor has applied all cannot', excludes, 'Incomplete', {
  replication: { ...replicating, applying: false, drained: false },
});
test('one that has applied all can, although it stopped', excludes, null, {
  replication: { ...replicating, applying: false, drained: true },
});
test('a server that does not replicate cannot', excludes, 'NotAReplica', { replication: null });
test('unless it was the primary', excludes, null, { replication: null }, during({ formerPrimary: NODE }));
test('or a candidate of this ballot', excludes, null, { replication: null }, during({ excluded: [NODE] }));
test('a candidate that drains is not asked again whether it may', excludes, null, { replication: null }, {}, 'drain');

test('the first row of this life counts from when it was written, by the wall clock', async (t) => {
  const { time, server, answers } = answering();
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() - 400 };
  const answer = await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null });
  t.is(answer.writeProbeAgeMs, 400);
  t.is(answer.arrivalLagMs, 0);
});

test('a later row counts from when it came, and its lag is how old it was then', async (t) => {
  const { time, server, answers } = answering();
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() };
  await answers.followWrites();
  await time.advance(1000);
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() - 150 };
  await answers.followWrites();
  await time.advance(70);
  const answer = await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null });
  t.is(answer.writeProbeAgeMs, 70);
  t.is(answer.arrivalLagMs, 150);
});

test('the same row again is no news', async (t) => {
  const { time, server, answers } = answering();
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() };
  await answers.followWrites();
  await time.advance(500);
  await answers.followWrites();
  t.is((await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null })).writeProbeAgeMs, 500);
});

test('the same moment of another term is another row', async (t) => {
  const { time, server, answers } = answering();
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() };
  await answers.followWrites();
  await time.advance(500);
  server.row = { ...server.row, term: 8n };
  await answers.followWrites();
  t.is((await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null })).writeProbeAgeMs, 0);
});

test('a row from the future is not younger than now', async (t) => {
  const { time, server, answers } = answering();
  server.row = { term: 7n, node: 'north-2', atMs: time.wallMs() + 9_000 };
  const answer = await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null });
  t.is(answer.writeProbeAgeMs, 0);
});

test('an answer was given for one server process, and is forgotten with it', async (t) => {
  const { answers } = answering();
  answers.speakFor('one');
  answers.give(await answers.look(aSnapshot(), { step: 'freeze', term: 8n, order: null }));
  answers.speakFor('one');
  t.truthy(answers.given);
  answers.speakFor('two');
  t.is(answers.given, undefined);
});
