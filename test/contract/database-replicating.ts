/**
 * What following, catching up and detaching promise.
 */
import { ServerRefused } from '../../src/actuator/database-server.ts';
import {
  type DatabasePromise,
  HELD_UP_MS,
  pairWithAck,
  settledWithin,
  until,
  untilApplied,
  WRITE_WITHIN_MS,
} from './database-steps.ts';

export const replicatingPromises: readonly DatabasePromise[] = [
  {
    title: 'a replica receives and applies what its source writes',
    run: async (t, { a, b }) => {
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
    },
  },
  {
    title: 'a replica catches up from another, up to the position and not further',
    run: async (t, { a, b, c }) => {
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
    },
  },
  {
    title: 'a replica stands still if it has nothing but what was seen',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      const { binlogState } = await b.server.look();
      t.is(await a.insert('came since'), 'ok');
      await untilApplied(b, '0-1-2');
      t.false(await b.server.standStill({ binlogState, mayForget: false }));
      t.false((await b.server.look()).replication?.receiving);
      const now = (await b.server.look()).binlogState;
      t.not(now, binlogState);
      t.true(await b.server.standStill({ binlogState: now, mayForget: false }));
      t.like((await b.server.look()).replication, { receiving: false, applying: false, drained: true });
      t.true(await a.server.standStill({ binlogState: (await a.server.look()).binlogState, mayForget: false }));
    },
  },
  {
    title: 'a replica with unapplied transactions stands still only if it may forget them',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.stopApplier();
      t.is(await a.insert('received'), 'ok');
      await until(async () => (await b.server.look()).replication?.receivedPos === '0-1-2');
      const { binlogState } = await b.server.look();
      t.false(await b.server.standStill({ binlogState, mayForget: false }));
      t.is((await b.server.look()).replication?.receivedPos, '0-1-2');
      t.true(await b.server.standStill({ binlogState, mayForget: true }));
    },
  },
  {
    title: 'a replica with unapplied transactions is not detached, and starting it again forgets them',
    run: async (t, trio) => {
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
  },
  {
    title: 'a replica that dies with unapplied transactions does not call itself drained, nor forget them by itself',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.stopApplier();
      t.is(await a.insert('received'), 'ok');
      await until(async () => (await b.server.look()).replication?.receivedPos === '0-1-2');
      await b.crash();
      await b.restart('keep');
      const { replication } = await b.server.look();
      t.like(replication, { receiving: false, applying: false, receivedPos: '', drained: false });
      await t.throwsAsync(b.server.detach(), { instanceOf: ServerRefused, code: 'NotDrained' });
    },
  },
  {
    title: 'a write that waits is acknowledged with the next event only, if the acker has it from before it was one',
    run: async (t, trio) => {
      const { a, b, c } = trio;
      await pairWithAck(trio);
      await b.server.stopReceiving();
      const write = a.insert('waits');
      await untilApplied(c, '0-1-2');
      await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
      await until(async () => (await a.server.look()).semiSync.clients === 1);
      t.is(await settledWithin(write, HELD_UP_MS), undefined);
      await a.server.writeProbe({ term: 1n, node: 'a', atMs: 1 }, { timeoutMs: WRITE_WITHIN_MS });
      t.is(await write, 'ok');
    },
  },
];
