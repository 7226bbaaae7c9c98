/**
 * The contract of a database server: what regent's protocol relies on, asked of every implementation. Several promises
 * are rows of the table "Measured on MariaDB" of the protocol's design; if a server stops keeping one, a step of the
 * protocol has lost its ground.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext, TestFn } from 'ava';
import { ServerRefused, ServerUnreachable } from '../../src/actuator/database-server.ts';
import { contains, errantAgainst } from '../../src/core/database/gtid.ts';
import type { DatabaseNode, DatabaseTrio, DatabaseWorld, WriteResult } from './database-world.ts';

/** Long enough for a commit that is not held up, short enough to wait for. */
const HELD_UP_MS = 300;
const CLOSE_WITHIN_MS = 2_000;

export function databaseServerContract(test: TestFn, start: () => Promise<DatabaseWorld>): void {
  let world: DatabaseWorld;
  test.before(async () => {
    world = await start();
  });
  test.after.always(async () => {
    await world?.stop();
  });

  const promise = (title: string, run: (t: ExecutionContext, trio: DatabaseTrio) => Promise<void>): void => {
    test.serial(title, async (t) => {
      const trio = await world.fresh();
      try {
        await run(t, trio);
      } finally {
        await world.discard(trio);
      }
    });
  };

  promise('a server starts closed, and an opened one takes writes', async (t, { a }) => {
    const closed = await a.server.look();
    t.true(closed.readOnly);
    t.is(closed.serverId, 1);
    t.is(closed.replication, null);
    t.is(await a.insert('early'), 'refused');
    await a.server.open({ waitForAck: false });
    t.is(await a.insert('x'), 'ok');
    const open = await a.server.look();
    t.false(open.readOnly);
    t.is(open.binlogPos, '0-1-1');
    t.false(open.semiSync.primaryActive);
  });

  promise('a closed server refuses writes and has ended the sessions of its clients', async (t, { a }) => {
    await a.server.open({ waitForAck: false });
    t.true(await a.server.close({ withinMs: CLOSE_WITHIN_MS }));
    t.true(await a.server.close({ withinMs: CLOSE_WITHIN_MS }), 'closing twice is closing once');
    t.is(await a.insert('late'), 'refused');
    t.is(await a.clientSessions(), 0);
  });

  promise('a replica receives and applies what its source writes', async (t, { a, b }) => {
    await a.server.open({ waitForAck: false });
    await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
    t.is(await a.insert('x'), 'ok');
    await untilApplied(b, '0-1-1');
    const { replication, semiSync, readOnly } = await b.server.look();
    t.like(replication, { sourcePort: a.port, receiving: true, applying: true, drained: true, receivedPos: '0-1-1' });
    t.true(semiSync.replicaEnabled);
    t.true(readOnly);
    t.is((await a.server.look()).followers, 1);
    t.deepEqual(await b.rows(), ['x']);
  });

  promise('a primary acknowledges nothing while its only acker is frozen for a ballot', async (t, trio) => {
    const { a, b } = trio;
    await pairWithAck(trio);
    await b.server.stopReceiving();
    const write = a.insert('held');
    t.is(await settledWithin(write, HELD_UP_MS), undefined);
    t.deepEqual(await a.rows(), ['first'], 'nobody sees what was not acknowledged');
    await b.server.resumeReplication();
    t.is(await write, 'ok');
    await untilApplied(b, '0-1-2');
  });

  promise('closing ends every commit that waits, and none of them was acknowledged', async (t, trio) => {
    const { a, b } = trio;
    await pairWithAck(trio);
    await b.server.stopReceiving();
    const writes = ['w1', 'w2', 'w3'].map((value) => a.insert(value));
    t.is(await settledWithin(Promise.any(writes), HELD_UP_MS), undefined);
    t.true(await a.server.close({ withinMs: CLOSE_WITHIN_MS }));
    t.deepEqual(await Promise.all(writes), ['lost', 'lost', 'lost']);
    t.is(await a.insert('late'), 'refused');
    const { appliedPos, binlogPos, binlogState } = await b.server.look();
    const promoted = { slavePos: appliedPos, binlogPos, binlogState };
    const beyond = errantAgainst((await a.server.look()).binlogState, 1, promoted);
    t.deepEqual(
      beyond.map(({ seq, knownSeq }) => [seq > knownSeq, knownSeq]),
      [[true, 1n]],
      'they are committed locally all the same, and a rejoin finds them',
    );
  });

  promise(
    'a crashed primary that keeps its tail has the unacknowledged write, and it counts as errant',
    async (t, trio) => {
      const { a, b } = trio;
      await crashWhileWaiting(t, trio);
      await a.restart('keep');
      t.deepEqual(await a.rows(), ['first', 'held']);
      const { appliedPos, binlogPos, binlogState } = await b.server.look();
      const beyond = errantAgainst((await a.server.look()).binlogState, 1, {
        slavePos: appliedPos,
        binlogPos,
        binlogState,
      });
      t.deepEqual(
        beyond.map(({ seq }) => seq),
        [2n],
      );
    },
  );

  promise('a former primary starts without its unacknowledged tail, and would use its GTID again', async (t, trio) => {
    const { a } = trio;
    await crashWhileWaiting(t, trio);
    await a.restart('former');
    t.deepEqual(await a.rows(), ['first']);
    const look = await a.server.look();
    t.true(look.readOnly);
    t.is(look.binlogPos, '0-1-1');
    await a.server.open({ waitForAck: false });
    t.is(await a.insert('other'), 'ok');
    t.is((await a.server.look()).binlogPos, '0-1-2');
  });

  promise(
    'a replica is promoted, the other and the former primary follow it, and all have the same rows',
    async (t, trio) => {
      const { a, b, c } = trio;
      await crashWhileWaiting(t, trio);
      await b.server.detach();
      t.is((await b.server.look()).replication, null);
      await c.server.follow({ host: b.host, port: b.port, demote: false, acknowledge: true });
      await b.server.open({ waitForAck: true });
      t.is(await b.insert('second'), 'ok');
      await a.restart('former');
      await a.server.follow({ host: b.host, port: b.port, demote: true, acknowledge: false });
      const { binlogPos } = await b.server.look();
      t.is(binlogPos, '0-2-2');
      for (const node of [a, c]) {
        await untilApplied(node, binlogPos);
        t.deepEqual(await node.rows(), ['first', 'second']);
        t.is((await node.server.look()).replication?.receiveError, null);
      }
    },
  );

  promise(
    'a replica with unapplied transactions is not detached, and starting it again forgets them',
    async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.stopApplier();
      t.is(await a.insert('received'), 'ok');
      await until(async () => (await b.server.look()).replication?.receivedPos === '0-1-2');
      t.false((await b.server.look()).replication?.drained);
      await t.throwsAsync(b.server.detach(), { instanceOf: ServerRefused, code: 'NotDrained' });
      t.not((await b.server.look()).replication, null);
      await a.crash();
      await b.server.resumeReplication();
      const { replication, appliedPos } = await b.server.look();
      t.not(replication?.receivedPos, '0-1-2');
      t.is(appliedPos, '0-1-1');
    },
  );

  promise('a replica catches up from another, up to the position and not further', async (t, { a, b, c }) => {
    await a.server.open({ waitForAck: false });
    await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
    await a.insert('1');
    await untilApplied(c, '0-1-1');
    await c.server.stopReceiving();
    await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
    for (const value of ['2', '3', '4']) await a.insert(value);
    await untilApplied(b, '0-1-4');
    await c.server.catchUp({ host: b.host, port: b.port, until: '0-1-3' });
    t.is((await c.server.look()).appliedPos, '0-1-3');
    t.deepEqual(await c.rows(), ['1', '2', '3']);
    await c.server.catchUp({ host: b.host, port: b.port, until: '0-1-3' });
    await c.server.detach();
  });

  promise('an open server does not follow, and a server with a source is not opened', async (t, { a, b }) => {
    await a.server.open({ waitForAck: false });
    await t.throwsAsync(a.server.follow({ host: b.host, port: b.port, demote: true, acknowledge: false }), {
      instanceOf: ServerRefused,
      code: 'NotClosed',
    });
    await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
    await t.throwsAsync(b.server.open({ waitForAck: false }), { instanceOf: ServerRefused, code: 'StillReplicates' });
    await t.throwsAsync(b.server.follow({ host: "x', MASTER_PORT=1", port: 1, demote: false, acknowledge: false }), {
      instanceOf: ServerRefused,
      code: 'InvalidValue',
    });
  });

  promise('a frozen server is unreachable within bounds, and answers again after the thaw', async (t, { a }) => {
    await a.server.look();
    a.freeze();
    await t.throwsAsync(a.server.look(), { instanceOf: ServerUnreachable });
    t.false(await a.server.close({ withinMs: 200 }));
    a.thaw();
    await until(async () => (await a.server.look().catch(() => undefined)) !== undefined);
    t.true((await a.server.look()).readOnly);
  });

  promise('the write probe reaches the replicas, and a closed server refuses it', async (t, trio) => {
    const { a, b } = trio;
    await pairWithAck(trio);
    const row = { term: 9_007_199_254_740_993n, node: 'north-3', atMs: 1_790_000_000_123 };
    t.is(await a.server.readProbe(), undefined);
    await a.server.writeProbe({ ...row, atMs: 1 }, { timeoutMs: 1_000 });
    await a.server.writeProbe(row, { timeoutMs: 1_000 });
    t.deepEqual(await a.server.readProbe(), row);
    await until(async () => (await b.server.readProbe())?.atMs === row.atMs);
    await t.throwsAsync(b.server.writeProbe(row, { timeoutMs: 1_000 }), { instanceOf: ServerRefused });
  });

  promise('a write probe that hangs is given up in time and leaves no session behind', async (t, trio) => {
    const { a, b } = trio;
    await pairWithAck(trio);
    await b.server.stopReceiving();
    const row = { term: 1n, node: 'a', atMs: 1 };
    await t.throwsAsync(a.server.writeProbe(row, { timeoutMs: 200 }), { instanceOf: ServerUnreachable });
    await until(async () => (await a.clientSessions()) === 0);
    t.pass();
  });

  promise('commits wait for an acknowledgement only as told', async (t, { a }) => {
    await a.server.open({ waitForAck: true });
    const write = a.insert('x');
    t.is(await settledWithin(write, HELD_UP_MS), undefined);
    await a.server.setWaitForAck(false);
    t.is(await write, 'ok', 'why it is switched off only after the store says so');
    t.is(await a.insert('y'), 'ok');
  });
}

/** a is open and waits for b, which has applied one row; c follows too and acknowledges nothing. */
async function pairWithAck({ a, b, c }: DatabaseTrio): Promise<void> {
  await a.server.open({ waitForAck: true });
  await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
  await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
  if ((await a.insert('first')) !== 'ok') throw new Error('the pair does not take writes');
  await untilApplied(b, '0-1-1');
  await untilApplied(c, '0-1-1');
}

/** a dies with the write `held` in its binlog only; b and c are frozen. */
async function crashWhileWaiting(t: ExecutionContext, trio: DatabaseTrio): Promise<void> {
  const { a, b, c } = trio;
  await pairWithAck(trio);
  await Promise.all([b.server.stopReceiving(), c.server.stopReceiving()]);
  const write = a.insert('held');
  t.is(await settledWithin(write, HELD_UP_MS), undefined);
  await a.crash();
  t.is(await write, 'lost');
}

async function untilApplied(node: DatabaseNode, position: string): Promise<void> {
  await until(async () => contains((await node.server.look()).appliedPos, position));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('it did not come to pass within 5 s');
}

async function settledWithin(write: Promise<WriteResult>, ms: number): Promise<WriteResult | undefined> {
  const abort = new AbortController();
  const limit = sleep(ms, undefined, { signal: abort.signal }).catch(() => undefined);
  const first = await Promise.race([write, limit]);
  abort.abort();
  return first;
}
