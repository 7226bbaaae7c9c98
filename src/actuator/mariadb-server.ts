/**
 * Drives and reads the MariaDB server of this node through its Unix socket. It does as it is told and reads back what it
 * did; it never decides. Looking, changing, locking, closing and probing each have a connection of their own, so that a
 * commit that hangs for want of an acknowledgement keeps nobody from looking or from closing the server (I1).
 */
import type { Grants } from '../core/grants.ts';
import type { DatabaseServer, FollowOptions, Seen, ServerLook, WriteProbeRow } from './database-server.ts';
import { accountsOf, letIn, shutOut } from './mariadb-accounts.ts';
import { type CatchUp, catchUp } from './mariadb-catch-up.ts';
import { closeServer, endWaiting } from './mariadb-close.ts';
import { lookAt } from './mariadb-look.ts';
import { makeReady, type OpeningSessions, open, setWaitForAck } from './mariadb-opening.ts';
import {
  detach,
  follow,
  type ReplicationAccount,
  resumeReplication,
  standStill,
  stopReceiving,
} from './mariadb-replication.ts';
import { type Bounds, type MariadbAccess, MariadbSession } from './mariadb-session.ts';
import { readProbeRow, writeProbeRow } from './mariadb-write-probe.ts';

export interface MariadbServerOptions extends MariadbAccess {
  /** Account by which this server replicates from the others. */
  readonly replication: ReplicationAccount;
  /** Which accounts may be locked on this server. */
  readonly grants: Grants;
  /** Schema of the write probe's table `heartbeat`. Default `regent`. */
  readonly probeSchema?: string;
  /** Bound of one statement that reads, in ms. Default 1000. */
  readonly readTimeoutMs?: number;
  /** Bound of one statement that changes something, in ms. Default 5000: stopping a receiver may wait for its source. */
  readonly changeTimeoutMs?: number;
  /** Bound of `catchUp` as a whole, in ms; its signal can end it earlier. Default 30,000. */
  readonly catchUpTimeoutMs?: number;
}

const DEFAULT_READ_TIMEOUT_MS = 1_000;
const DEFAULT_CHANGE_TIMEOUT_MS = 5_000;
const DEFAULT_CATCH_UP_TIMEOUT_MS = 30_000;

export class MariadbServer implements DatabaseServer {
  readonly #options: MariadbServerOptions;
  readonly #looking: MariadbSession;
  readonly #changing: MariadbSession;
  readonly #probing: MariadbSession;
  readonly #asking: MariadbSession;
  readonly #killing: MariadbSession;
  readonly #locking: MariadbSession;

  /** Does no I/O; connections are opened when they are needed. */
  constructor(options: MariadbServerOptions) {
    this.#options = options;
    this.#looking = new MariadbSession(options);
    this.#changing = new MariadbSession(options);
    this.#probing = new MariadbSession(options);
    this.#asking = new MariadbSession(options);
    this.#killing = new MariadbSession(options);
    this.#locking = new MariadbSession(options);
  }

  async look(signal?: AbortSignal): Promise<ServerLook> {
    const bounds = this.#toRead(signal);
    const seen = await lookAt(this.#looking, bounds);
    const look = { ...seen, accounts: await accountsOf(this.#looking, this.#options.grants, bounds) };
    // An open server may have to be closed in a hurry, also when it accepts no further connection.
    if (!look.readOnly) await Promise.all([this.#asking.connect(bounds), this.#killing.connect(bounds)]);
    // A closed one may have to be opened while clients wait; that connects again, and says so, what cannot connect here.
    else await Promise.allSettled([this.#changing, this.#asking, this.#killing].map((each) => each.connect(bounds)));
    return look;
  }

  async prepareOpening({ waitForAck }: { readonly waitForAck: boolean }, signal?: AbortSignal): Promise<void> {
    await makeReady(this.#sessions(), waitForAck, this.#toChange(signal));
  }

  async open({ waitForAck }: { readonly waitForAck: boolean }, signal?: AbortSignal): Promise<void> {
    this.#probing.renew();
    await open(this.#sessions(), waitForAck, this.#toChange(signal));
  }

  async close({ withinMs }: { readonly withinMs: number }, signal?: AbortSignal): Promise<boolean> {
    return closeServer(this.#sessions(), withinMs, signal);
  }

  async setWaitForAck(waitForAck: boolean, signal?: AbortSignal): Promise<void> {
    await setWaitForAck(this.#changing, waitForAck, this.#toChange(signal));
  }

  async endWaiting({ olderThanMs }: { readonly olderThanMs: number }, signal?: AbortSignal): Promise<void> {
    await endWaiting(this.#killing, olderThanMs, this.#toChange(signal));
  }

  async shutOut(account: string, signal?: AbortSignal): Promise<void> {
    await shutOut(this.#locking, this.#options.grants, account, this.#toChange(signal));
  }

  async letIn(accounts: readonly string[], signal?: AbortSignal): Promise<void> {
    await letIn(this.#locking, this.#options.grants, accounts, this.#toChange(signal));
  }

  async stopReceiving(signal?: AbortSignal): Promise<void> {
    await stopReceiving(this.#changing, this.#toChange(signal));
  }

  async resumeReplication(signal?: AbortSignal): Promise<void> {
    await resumeReplication(this.#changing, this.#toChange(signal));
  }

  async detach(signal?: AbortSignal): Promise<void> {
    await detach(this.#changing, this.#toChange(signal));
  }

  async catchUp(from: CatchUp, signal?: AbortSignal): Promise<void> {
    const ownLimit = AbortSignal.timeout(this.#options.catchUpTimeoutMs ?? DEFAULT_CATCH_UP_TIMEOUT_MS);
    const limit = signal === undefined ? ownLimit : AbortSignal.any([ownLimit, signal]);
    await catchUp(this.#changing, this.#options.replication, from, this.#toChange(signal), limit);
  }

  async standStill(seen: Seen, signal?: AbortSignal): Promise<boolean> {
    return standStill(this.#changing, seen, this.#toChange(signal));
  }

  async follow(options: FollowOptions, signal?: AbortSignal): Promise<void> {
    await follow(this.#changing, this.#options.replication, options, this.#toChange(signal));
  }

  async writeProbe(row: WriteProbeRow, options: { readonly timeoutMs: number }, signal?: AbortSignal): Promise<void> {
    const sessions = { writing: this.#probing, killing: this.#killing };
    await writeProbeRow(sessions, this.#schema(), row, { timeoutMs: options.timeoutMs, signal });
  }

  async readProbe(signal?: AbortSignal): Promise<WriteProbeRow | undefined> {
    return readProbeRow(this.#looking, this.#schema(), this.#toRead(signal));
  }

  async end(): Promise<void> {
    const sessions = [this.#looking, this.#changing, this.#probing, this.#asking, this.#killing, this.#locking];
    for (const session of sessions) session.close();
  }

  #sessions(): OpeningSessions {
    return { changing: this.#changing, asking: this.#asking, killing: this.#killing, user: this.#options.user };
  }

  #schema(): string {
    return this.#options.probeSchema ?? 'regent';
  }

  #toRead(signal: AbortSignal | undefined): Bounds {
    return { timeoutMs: this.#options.readTimeoutMs ?? DEFAULT_READ_TIMEOUT_MS, signal };
  }

  #toChange(signal: AbortSignal | undefined): Bounds {
    return { timeoutMs: this.#options.changeTimeoutMs ?? DEFAULT_CHANGE_TIMEOUT_MS, signal };
  }
}
