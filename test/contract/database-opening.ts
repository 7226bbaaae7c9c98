/**
 * What opening, closing and probing a database server promise.
 */
import { ServerRefused, ServerUnreachable, WAITS_FOR_ACK } from '../../src/actuator/database-server.ts';
import {
  CLOSE_WITHIN_MS,
  type DatabasePromise,
  HELD_UP_MS,
  pairWithAck,
  settledWithin,
  until,
  WRITE_WITHIN_MS,
} from './database-steps.ts';

export const openingPromises: readonly DatabasePromise[] = [
  {
    title: 'what is made ready to be opened stays closed, and a replica is not',
    run: async (t, trio) => {
      const { a, b } = trio;
      await a.server.prepareOpening({ waitForAck: false });
      t.true((await a.server.look()).readOnly);
      t.is(await a.insert('too early'), 'refused');
      t.is(await a.clientSessions(), 0);
      await pairWithAck(trio);
      const error = await t.throwsAsync(b.server.prepareOpening({ waitForAck: false }), { instanceOf: ServerRefused });
      t.is(error?.code, 'StillReplicates');
      t.true((await b.server.look()).semiSync.replicaEnabled);
    },
  },
  {
    title: 'a server starts closed, and an opened one takes writes',
    run: async (t, { a }) => {
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
    },
  },
  {
    title: 'a closed server refuses writes and has ended the sessions of its clients',
    run: async (t, { a }) => {
      await a.server.open({ waitForAck: false });
      t.true(await a.server.close({ withinMs: CLOSE_WITHIN_MS }));
      t.true(await a.server.close({ withinMs: CLOSE_WITHIN_MS }), 'closing twice is closing once');
      t.is(await a.insert('late'), 'refused');
      t.is(await a.clientSessions(), 0);
    },
  },
  {
    title: 'commits wait for an acknowledgement only as told',
    run: async (t, { a }) => {
      await a.server.open({ waitForAck: true });
      const write = a.insert('x');
      t.is(await settledWithin(write, HELD_UP_MS), undefined);
      await a.server.setWaitForAck(false);
      t.is(await write, 'ok', 'why it is switched off only after the store says so');
      t.is(await a.insert('y'), 'ok');
    },
  },
  {
    title: 'an open server does not follow, and a server with a source is not opened',
    run: async (t, { a, b }) => {
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
    },
  },
  {
    title: 'a frozen server is unreachable within bounds, and answers again after the thaw',
    run: async (t, { a }) => {
      await a.server.look();
      a.freeze();
      await t.throwsAsync(a.server.look(), { instanceOf: ServerUnreachable });
      t.false(await a.server.close({ withinMs: 200 }));
      a.thaw();
      await until(async () => (await a.server.look().catch(() => undefined)) !== undefined);
      t.true((await a.server.look()).readOnly);
    },
  },
  {
    title: 'the write probe reaches the replicas, and a closed server refuses it',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      const row = { term: 9_007_199_254_740_993n, node: 'north-3', atMs: 1_790_000_000_123 };
      t.is(await a.server.readProbe(), undefined);
      await a.server.writeProbe({ ...row, atMs: 1 }, { timeoutMs: WRITE_WITHIN_MS });
      await a.server.writeProbe(row, { timeoutMs: WRITE_WITHIN_MS });
      t.deepEqual(await a.server.readProbe(), row);
      await until(async () => (await b.server.readProbe())?.atMs === row.atMs);
      await t.throwsAsync(b.server.writeProbe(row, { timeoutMs: WRITE_WITHIN_MS }), { instanceOf: ServerRefused });
    },
  },
  {
    title: 'a write probe that hangs is given up in time and leaves no session behind',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.server.stopReceiving();
      const row = { term: 1n, node: 'a', atMs: 1 };
      await t.throwsAsync(a.server.writeProbe(row, { timeoutMs: 200 }), {
        instanceOf: ServerUnreachable,
        code: WAITS_FOR_ACK,
      });
      await until(async () => (await a.clientSessions()) === 0);
      t.pass();
    },
  },
  {
    title: 'a write probe behind commits that wait for their acknowledgement waits for it, too',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.server.stopReceiving();
      const writes = ['one', 'two', 'three', 'four'].map((value) => a.insert(value));
      t.is(await settledWithin(Promise.race(writes), HELD_UP_MS), undefined);
      const row = { term: 1n, node: 'a', atMs: 1 };
      await t.throwsAsync(a.server.writeProbe(row, { timeoutMs: 200 }), { code: WAITS_FOR_ACK });
      await b.server.resumeReplication();
      t.deepEqual(await Promise.all(writes), ['ok', 'ok', 'ok', 'ok']);
    },
  },
];
