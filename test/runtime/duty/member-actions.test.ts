/** Each action of a member: what is asked of the server, in which order, and what is told. */
import test from 'ava';
import type { MemberAction } from '../../../src/core/database/member-snapshot.ts';
import type { Receipt } from '../../../src/core/database/state.ts';
import { readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { HeldPromises } from '../../../src/runtime/duty/held-promises.ts';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { MemberActions } from '../../../src/runtime/duty/member-actions.ts';
import { MemberAnswers } from '../../../src/runtime/duty/member-answers.ts';
import type { MemberNotes } from '../../../src/runtime/duty/member-notes.ts';
import { NotesKeeper } from '../../../src/runtime/duty/notes-keeper.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { ServerCloser } from '../../../src/runtime/duty/server-closer.ts';
import { database } from '../../core/a-region.ts';
import { inBallot } from '../../core/database/a-database.ts';
import { MemorySwitch } from '../../fakes/memory-switch.ts';
import { settle } from '../fake-time.ts';
import { DATABASE, NODE, ownKey, PRIMARY_KEY, putState, STATE_KEY, stateIn, steady } from './a-database.ts';
import { aSnapshot } from './a-member-snapshot.ts';
import { AServer, aLook, replicating } from './a-server.ts';
import { AStore, never, Told } from './a-store.ts';

const CLOSE = 'close within 300';
const source = { node: 'north-2', region: 'north', address: '192.0.2.12', port: 3306, promote: 'allowed' } as const;

function acting() {
  const stored = new AStore();
  const { time } = stored;
  const server = new AServer();
  const told = new Told();
  const disk: { notes: MemberNotes } = {
    notes: { highestTerm: 7n, quarantinedAt: undefined, followedTerm: undefined },
  };
  const deadMansSwitch = new MemorySwitch(time);
  const lease = new LeaseOnDemand({
    store: stored.client(),
    timing: () => database,
    clock: time,
    timers: time,
    onChange: () => {},
    onProblem: () => {},
  });
  const promises = new HeldPromises(time);
  const right = new PrimaryRight({ database: DATABASE, store: stored.client(), lease, promises, deadMansSwitch });
  const notes = new NotesKeeper(
    {
      read: async () => disk.notes,
      write: async (written) => {
        server.calls.push(`note ${written.highestTerm} ${written.quarantinedAt ?? '-'} ${written.followedTerm ?? '-'}`);
        disk.notes = written;
      },
    },
    time,
  );
  const answers = new MemberAnswers({ server, clock: time, wallMs: time.wallMs });
  const closer = new ServerCloser({ server, process: server, timers: time, record: told.record });
  const letGo = () => right.forget();
  const deps = { server, process: server, right, closer, answers, notes, letGo, record: told.record, wallMs: () => 42 };
  const actions = new MemberActions(deps);
  putState(stored, steady);
  const seen = (difference: Parameters<typeof aSnapshot>[0]) =>
    aSnapshot({ server: { invocation: 'inv-1', look: server.facts }, ...difference });
  const run = (action: MemberAction, difference: Parameters<typeof aSnapshot>[0] = {}) =>
    actions.run(action, seen(difference), readDatabase(DATABASE, stored.cluster.state.list('/')), never);
  return { stored, time, server, told, right, notes, answers, disk, run, deadMansSwitch };
}

/** With the key in hand. */
async function holding() {
  const world = acting();
  await world.run({ kind: 'take-key', term: 7n, state: steady });
  if (!world.right.holds(7n)) throw new Error('not taken');
  return world;
}

const asks = test.macro(async (t, action: MemberAction, calls: readonly string[], names: readonly string[] = []) => {
  const { server, told, run } = acting();
  t.true(await run(action));
  t.deepEqual(server.calls, [...calls]);
  t.deepEqual(told.names, [...names]);
});

test('nothing asks nothing', asks, { kind: 'none' }, []);
test('a demotion closes', asks, { kind: 'demote', cause: 'a cause' }, [CLOSE], ['database:primary:demoted']);
test('waiting for acknowledgements is switched', asks, { kind: 'set-wait-for-ack', waitForAck: true }, [
  'wait for ack: true',
]);
test('a replica follows its source as it is told', asks, { kind: 'follow', source, demote: true, acknowledge: true }, [
  'stand still',
  'note 7 - 7',
  'follow 192.0.2.12:3306, demoted, acknowledges',
]);
test('a quarantine is noted, and nothing more is received', asks, { kind: 'quarantine', term: 8n, errant: [] }, [
  'note 7 8 -',
  'stop receiving',
]);
test(
  'a server is started in its role, and told',
  asks,
  { kind: 'start-server', role: 'former' },
  ['start former'],
  ['database:member:started'],
);

test('a start is remembered before it is tried', async (t) => {
  const { server, notes, run } = acting();
  server.failing.add('start');
  await t.throwsAsync(run({ kind: 'start-server', role: 'keep' }));
  t.is(notes.lately.startedAgoMs, 0);
});

test('a line is noted with what it ends, and failing to follow leaves the note true', async (t) => {
  const { server, disk, run } = acting();
  await run({ kind: 'quarantine', term: 8n, errant: [] });
  await run({ kind: 'note-line', term: 7n });
  t.deepEqual(disk.notes, { highestTerm: 7n, quarantinedAt: undefined, followedTerm: 7n });
  server.failing.add('follow');
  await t.throwsAsync(run({ kind: 'follow', source, demote: false, acknowledge: false }));
  t.is(disk.notes.followedTerm, 7n);
});

test('what has come since it was judged joins no line, and none is noted', async (t) => {
  const { server, disk, run } = acting();
  server.standsStill = false;
  t.false(await run({ kind: 'follow', source, demote: false, acknowledge: false }));
  t.deepEqual(server.calls, ['stand still']);
  t.is(disk.notes.followedTerm, undefined);
});

test('a server of the line changes its part in it without a stop', async (t) => {
  const { server, run } = acting();
  const { notes } = aSnapshot();
  await run({ kind: 'follow', source, demote: false, acknowledge: true }, { notes: { ...notes, followedTerm: 7n } });
  t.deepEqual(server.calls, ['follow 192.0.2.12:3306, acknowledges']);
});

test('the server of a candidate is made ready while its key is taken, and a failure of that is left to its opening', async (t) => {
  const { server, run, stored } = acting();
  const state = inBallot('drain', { candidate: NODE });
  putState(stored, state);
  server.failing.add('prepareOpening');
  t.true(await run({ kind: 'take-key', term: state.term, state: { ...state, primary: NODE } }, { state }));
  t.true(server.calls.includes('prepare opening'));
});

test('the candidate of a switchover is noted to be of the line while its key is taken, others when they are opened', async (t) => {
  for (const [how, followedTerm] of [
    ['closed', 5n],
    ['server-gone', undefined],
  ] as const) {
    const { disk, run, stored } = acting();
    const receipt = { node: 'north-2', term: 4n, bootId: 'b', serverInvocation: 'i', how, atMs: 1 };
    const state = inBallot('drain', { candidate: NODE, receipt });
    putState(stored, state);
    t.true(await run({ kind: 'take-key', term: state.term, state: { ...state, primary: NODE } }, { state }));
    t.is(disk.notes.followedTerm, followedTerm, how);
  }
});

test('the key names node, term, boot and server process', async (t) => {
  const { stored } = await holding();
  const view = readDatabase(DATABASE, stored.cluster.state.list('/'));
  t.deepEqual(view.primary, ownKey);
});

test('no key is taken in the name of a server that does not run', async (t) => {
  const { stored, run } = acting();
  const action = { kind: 'take-key', term: 7n, state: steady } as const;
  await t.throwsAsync(run(action, { server: { invocation: undefined, look: undefined } }));
  t.is(stored.entry(PRIMARY_KEY), undefined);
});

test('a receipt takes the key away in the same breath', async (t) => {
  const { stored, right, run } = await holding();
  const receipt: Receipt = {
    node: 'north-3',
    term: 7n,
    bootId: 'boot-1',
    serverInvocation: 'inv-1',
    how: 'server-gone',
    atMs: 1,
  };
  t.true(await run({ kind: 'issue-receipt', state: { ...steady, receipt } }));
  t.deepEqual(stateIn(stored).receipt, receipt);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.false(right.isAlive);
});

test('a state is written with the key, and not without it', async (t) => {
  const without = acting();
  const action = { kind: 'write-state', state: { ...steady, ackersVersion: 5 } } as const;
  t.false(await without.run(action));
  const { stored, run } = await holding();
  t.true(await run(action));
  t.is(stateIn(stored).ackersVersion, 5);
});

test('a ballot is closed after a real write has proved it', async (t) => {
  const { stored, server, run } = await holding();
  t.true(await run({ kind: 'close-ballot', state: { ...steady, switchedAtMs: 9 } }));
  t.deepEqual(server.calls, ['write 7 north-3 42']);
  t.is(stateIn(stored).switchedAtMs, 9);
});

test('a ballot is not closed if the write fails', async (t) => {
  const { stored, server, run } = await holding();
  server.failing.add('writeProbe');
  await t.throwsAsync(run({ kind: 'close-ballot', state: { ...steady, switchedAtMs: 9 } }));
  t.is(stateIn(stored).switchedAtMs, 1);
});

const shutOut = { kind: 'shut-out', account: 'repl-north-2', state: { ...steady, ackersVersion: 5 } } as const;

test('an acker is forgotten when it is locked out and the others have proved that they acknowledge', async (t) => {
  const { stored, server, run } = await holding();
  const proved = server.hang('writeProbe');
  const done = run(shutOut);
  await settle();
  t.deepEqual(server.calls, ['shut out repl-north-2', 'write 7 north-3 42']);
  t.is(stateIn(stored).ackersVersion, 0);
  proved();
  t.true(await done);
  t.is(stateIn(stored).ackersVersion, 5);
});

for (const failing of ['shutOut', 'writeProbe']) {
  test(`an acker is let in again and not forgotten if ${failing} fails`, async (t) => {
    const { stored, server, run } = await holding();
    server.failing.add(failing);
    await t.throwsAsync(run(shutOut));
    t.is(server.calls.at(-1), 'let in repl-north-2');
    t.is(stateIn(stored).ackersVersion, 0);
  });
}

const claim = { kind: 'claim', strangers: ['repl-south-1'], state: { ...steady, unacknowledgedAtProof: 0 } } as const;

test('strangers are locked out, then a write proves that commits wait, and then it is claimed', async (t) => {
  const { stored, server, run } = await holding();
  t.true(await run(claim));
  t.deepEqual(server.calls, ['shut out repl-south-1', 'write 7 north-3 42']);
  t.is(stateIn(stored).unacknowledgedAtProof, 0);
});

for (const failing of ['shutOut', 'writeProbe']) {
  test(`nothing is claimed if ${failing} fails, and strangers stay locked out`, async (t) => {
    const { stored, server, run } = await holding();
    server.failing.add(failing);
    await t.throwsAsync(run(claim));
    t.false(server.calls.some((call) => call.startsWith('let in')));
    t.is(stateIn(stored).unacknowledgedAtProof, null);
  });
}

test('nothing is claimed while more acknowledge than the set has, with the strangers locked out', async (t) => {
  const { stored, server, run } = await holding();
  server.facts = { ...aLook, semiSync: { ...aLook.semiSync, clients: steady.ackers.length + 1 } };
  await t.throwsAsync(run(claim), { message: /servers acknowledge/ });
  t.deepEqual(server.calls, ['shut out repl-south-1']);
  t.is(stateIn(stored).unacknowledgedAtProof, null);
});

test('a poll is answered', async (t) => {
  const { answers, server, run } = acting();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  t.true(await run({ kind: 'answer', step: 'poll', term: 8n, order: null }));
  t.like(answers.given, { term: 8n, step: 'poll', ok: true });
  t.deepEqual(server.calls, []);
});

test('a freeze is noted on disk, then receiving stops, then it is answered', async (t) => {
  const { answers, server, run, told } = acting();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  t.true(await run({ kind: 'freeze', term: 8n }));
  t.deepEqual(server.calls, ['note 8 - -', 'stop receiving']);
  t.like(answers.given, { term: 8n, step: 'freeze' });
  t.deepEqual(told.names, ['database:member:frozen']);
});

test('a freeze that failed is not answered', async (t) => {
  const { answers, server, run } = acting();
  server.failing.add('stopReceiving');
  await t.throwsAsync(run({ kind: 'freeze', term: 8n }));
  t.is(answers.given, undefined);
});

const drain = { kind: 'drain', term: 8n, catchUp: null } as const;

test('a candidate that has applied all is detached and answers', async (t) => {
  const { answers, server, run, told } = acting();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  t.true(await run(drain));
  t.deepEqual(server.calls, ['detach']);
  t.like(answers.given, { term: 8n, step: 'drain', ok: true, excluded: null });
  t.deepEqual(told.names, ['database:member:drained']);
});

test('a candidate has its lease granted while it drains, and lets go of it when it has nothing to do with it', async (t) => {
  const { stored, server, run } = acting();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  await run(drain);
  t.is(stored.cluster.ttlOf('1'), database.ttlMs);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  await run({ kind: 'none' });
  t.is(stored.cluster.ttlOf('1'), undefined);
});

test('a candidate that still applies is asked again later', async (t) => {
  const { answers, server, run } = acting();
  server.facts = { ...aLook, readOnly: true, replication: { ...replicating, drained: false } };
  t.false(await run(drain));
  t.deepEqual(server.calls, []);
  t.is(answers.given, undefined);
});

test('a candidate fetches what another member has before it is detached', async (t) => {
  const { server, run } = acting();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  await run({ ...drain, catchUp: { from: source, until: '0-102-12' } });
  t.deepEqual(server.calls, ['catch up from 192.0.2.12 until 0-102-12', 'detach']);
});

test('a candidate whose applier failed says so and is not detached', async (t) => {
  const { answers, server, run } = acting();
  server.facts = { ...aLook, replication: { ...replicating, applyError: 'duplicate key', drained: false } };
  t.true(await run(drain));
  t.deepEqual(server.calls, []);
  t.like(answers.given, { ok: false, excluded: 'SqlError' });
});

test('a candidate that was detached before answers again', async (t) => {
  const { answers, server, run } = acting();
  t.true(await run(drain));
  t.deepEqual(server.calls, []);
  t.like(answers.given, { step: 'drain', ok: true });
});

const open = { kind: 'open', waitForAck: true, cause: 'a cause' } as const;

test('a server is opened with the key in hand, and told', async (t) => {
  const { server, told, run } = await holding();
  t.true(await run(open));
  t.deepEqual(server.calls, ['note 7 - 7', 'open, waits']);
  t.deepEqual(told.names, ['database:primary:opened']);
  t.like(told.events[0], { cause: 'a cause', epoch: 7n, policyRevision: 5n });
});

test('without the key, or with that of another term, nothing is opened', async (t) => {
  const { server, run } = acting();
  t.false(await run(open));
  t.deepEqual(server.calls, []);
  const held = await holding();
  t.false(await held.run(open, { state: { ...steady, term: 8n } }));
  t.false(await held.run(open, { state: undefined }));
  t.deepEqual(held.server.calls, []);
});

for (const how of ['succeeds', 'fails'] as const) {
  test(`an opening that ${how} after the deadline is undone`, async (t) => {
    const { stored, time, server, told, run } = await holding();
    const letGo = server.hang('open');
    const opened = run(open);
    opened.catch(() => {});
    stored.loses = 'requests';
    await time.advance(database.ttlMs - database.marginMs);
    if (how === 'fails') server.failing.add('open');
    letGo();
    if (how === 'fails') await t.throwsAsync(opened);
    else t.false(await opened);
    t.deepEqual(server.calls, ['note 7 - 7', 'open, waits', CLOSE]);
    t.true(server.facts.readOnly);
    t.deepEqual(told.names, ['database:primary:demoted']);
  });
}

test('an opening that fails with the right in hand is left to the next round', async (t) => {
  const { server, run } = await holding();
  server.failing.add('open');
  await t.throwsAsync(run(open));
  t.deepEqual(server.calls, ['note 7 - 7', 'open, waits']);
});

test('a key that changed under an action makes it overtaken, not failed', async (t) => {
  const { stored, run } = await holding();
  stored.delete(PRIMARY_KEY);
  t.false(await run({ kind: 'write-state', state: steady }));
  t.is(stateIn(stored).switchedAtMs, 1);
  t.not(stored.entry(STATE_KEY), undefined);
});
