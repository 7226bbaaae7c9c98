/**
 * Steps that several promises of a database server begin with, and ways to wait for what replication does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { contains } from '../../src/core/database/gtid.ts';
import type { DatabaseNode, DatabaseTrio, WriteResult } from './database-world.ts';

/** One thing that every implementation keeps, shown on three fresh servers. */
export interface DatabasePromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, trio: DatabaseTrio) => Promise<void>;
}

/** Long enough for a commit that is not held up, short enough to wait for. */
export const HELD_UP_MS = 300;
/** Bounds of what is expected to succeed: for a machine that is busy with other things. */
export const CLOSE_WITHIN_MS = 10_000;
export const WRITE_WITHIN_MS = 10_000;

/** a is open and waits for b, which has applied one row; c follows too and acknowledges nothing. */
export async function pairWithAck({ a, b, c }: DatabaseTrio): Promise<void> {
  await a.server.open({ waitForAck: true });
  await b.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: true });
  await c.server.follow({ host: a.host, port: a.port, demote: false, acknowledge: false });
  if ((await a.insert('first')) !== 'ok') throw new Error('the pair does not take writes');
  await untilApplied(b, '0-1-1');
  await untilApplied(c, '0-1-1');
}

/** a dies with the write `held` in its binlog only; b and c are frozen. */
export async function crashWhileWaiting(t: ExecutionContext, trio: DatabaseTrio): Promise<void> {
  const { a, b, c } = trio;
  await pairWithAck(trio);
  await Promise.all([b.server.stopReceiving(), c.server.stopReceiving()]);
  const write = a.insert('held');
  t.is(await settledWithin(write, HELD_UP_MS), undefined);
  await a.crash();
  t.is(await write, 'lost');
}

export async function untilApplied(node: DatabaseNode, position: string): Promise<void> {
  await until(async () => contains((await node.server.look()).appliedPos, position));
}

export async function untilReceived(node: DatabaseNode, position: string): Promise<void> {
  await until(async () => contains((await node.server.look()).replication?.receivedPos ?? '', position));
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('it did not come to pass within 30 s');
}

export async function settledWithin(write: Promise<WriteResult>, ms: number): Promise<WriteResult | undefined> {
  const abort = new AbortController();
  const limit = sleep(ms, undefined, { signal: abort.signal }).catch(() => undefined);
  const first = await Promise.race([write, limit]);
  abort.abort();
  return first;
}
