/**
 * What the protocol relies on when a primary is lost: rows of its table of measured facts.
 */
import { ServerRefused } from '../../src/actuator/database-server.ts';
import { errantAgainst } from '../../src/core/database/gtid.ts';
import {
  CLOSE_WITHIN_MS,
  crashWhileWaiting,
  type DatabasePromise,
  HELD_UP_MS,
  pairWithAck,
  settledWithin,
  until,
  untilApplied,
  untilReceived,
} from './database-steps.ts';

/** Three tries of a replica that connects once in a second. */
const RECONNECTS_MS = 3_000;

export const fencingPromises: readonly DatabasePromise[] = [
  {
    title: 'a primary acknowledges nothing while its only acker is frozen for a ballot',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await b.server.stopReceiving();
      const write = a.insert('held');
      t.is(await settledWithin(write, HELD_UP_MS), undefined);
      t.deepEqual(await a.rows(), ['first'], 'nobody sees what was not acknowledged');
      await b.server.resumeReplication();
      t.is(await write, 'ok');
      await untilApplied(b, '0-1-2');
    },
  },
  {
    title: 'a member that is shut out acknowledges nothing, also when it connects again, until it is let in',
    run: async (t, trio) => {
      const { a, b, c } = trio;
      await pairWithAck(trio);
      t.true((await a.server.look()).accounts.lockable.includes(b.account));
      await a.server.shutOut(b.account);
      await a.server.shutOut(b.account);
      t.deepEqual((await a.server.look()).accounts.locked, [b.account]);
      t.is((await a.server.look()).semiSync.clients, 0);
      const write = a.insert('held');
      t.is(await settledWithin(write, RECONNECTS_MS), undefined, 'it tried to connect again meanwhile');
      t.like((await b.server.look()).replication, { receiving: false, applying: true });
      await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
      t.is(await a.insert('next'), 'ok', 'another one may acknowledge');
      t.is(await write, 'ok', 'with that one');
      await a.server.letIn([b.account]);
      t.deepEqual((await a.server.look()).accounts.locked, []);
      await untilApplied(b, '0-1-3');
      t.is((await a.server.look()).binlogPos, '0-1-3', 'a lock is on one server only');
    },
  },
  {
    title: 'commits that an acker had before it acknowledged wait in vain, and others are taken when that is ended',
    run: async (t, trio) => {
      const { a, b, c } = trio;
      await pairWithAck(trio);
      await b.server.stopReceiving();
      const first = a.insert('w1');
      await untilApplied(c, '0-1-2');
      const second = a.insert('w2');
      await untilApplied(c, '0-1-3');
      const third = a.insert('w3');
      await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
      await until(async () => (await a.server.look()).semiSync.clients === 1);
      t.is(await settledWithin(Promise.any([first, second, third]), RECONNECTS_MS), undefined, 'nothing comes of it');
      t.is((await a.server.look()).binlogPos, '0-1-3', 'behind two that wait no other is written');
      await a.server.endWaiting({ olderThanMs: 60_000 });
      t.is(await settledWithin(first, HELD_UP_MS), undefined, 'it has not waited for that long');
      await a.server.endWaiting({ olderThanMs: HELD_UP_MS });
      t.is(await first, 'lost', 'nobody is told that it is done');
      t.deepEqual([await second, await third], ['ok', 'ok'], 'the third is acknowledged, and stands for the second');
      t.deepEqual(await a.rows(), ['first', 'w1', 'w2', 'w3']);
    },
  },
  {
    title: 'who is shut out can switch its acknowledging off, and is a plain replica when it is let in',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await a.server.shutOut(b.account);
      await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
      t.false((await b.server.look()).semiSync.replicaEnabled);
      await a.server.letIn([b.account]);
      await until(async () => (await b.server.look()).replication?.receiving === true);
      const write = a.insert('held');
      await untilReceived(b, '0-1-2');
      t.is(await settledWithin(write, HELD_UP_MS), undefined);
      await a.server.setWaitForAck(false);
      t.is(await write, 'ok');
    },
  },
  {
    title: 'a lock stays on the server over its restart, and nobody else may be locked',
    run: async (t, trio) => {
      const { a, b } = trio;
      await pairWithAck(trio);
      await a.server.shutOut(b.account);
      await a.crash();
      await a.restart('keep');
      t.deepEqual((await a.server.look()).accounts.locked, [b.account]);
      await a.server.letIn([b.account]);
      t.deepEqual((await a.server.look()).accounts.locked, [], 'also on a closed server');
      await t.throwsAsync(a.server.shutOut('app'), { instanceOf: ServerRefused, code: 'NotGranted' });
    },
  },
  {
    title: 'closing ends every commit that waits, and none of them was acknowledged',
    run: async (t, trio) => {
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
    },
  },
  {
    title: 'a crashed primary that keeps its tail has the unacknowledged write, and it counts as errant',
    run: async (t, trio) => {
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
  },
  {
    title: 'a former primary starts without its unacknowledged tail, and would use its GTID again',
    run: async (t, trio) => {
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
    },
  },
  {
    title: 'a replica is promoted, the other and the former primary follow it, and all have the same rows',
    run: async (t, trio) => {
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
  },
];
