/**
 * A model of one MariaDB server, faithful to what was measured on 10.11 (semi-sync with AFTER_SYNC): a commit is in the
 * binary log before it waits for its acknowledgement; stopping to receive stops acknowledging; read-only hangs behind
 * waiting sessions until they are killed, and what they wrote stays; switching the waiting off tells them a false OK; a
 * crash keeps the tail or truncates it by the start role, and with it commits that clients were told of, because the
 * engine writes its own log later; starting replication forgets what was not applied; a replica skips what bears its own
 * server id, and its position moves past it.
 */
import type { StartRole, WriteProbeRow } from '../../../src/actuator/database-server.ts';
import type { Machine } from '../machine.ts';
import type { SeededRandom } from '../random.ts';
import type { Network } from './network.ts';
import { Stream } from './stream.ts';
import { inDoubtOf, indexAfter, type Transaction } from './transaction.ts';
import { WaitingSessions } from './waiting-sessions.ts';

export type Outcome = 'ok' | 'refused' | 'lost';

export interface ModelServerOptions {
  readonly node: string;
  readonly serverId: number;
  readonly machine: Machine;
  readonly network: Network;
  readonly random: SeededRandom;
  readonly serverOf: (node: string) => ModelServer | undefined;
}

const RECONNECT_MS = 700;
/** Commits that a crash catches between their acknowledgement and the engine's log: one group of them. */
const IN_DOUBT_MAX = 2;

export class ModelServer {
  readonly node: string;
  /** The configured one. */
  readonly serverId: number;
  readonly machine: Machine;
  /** `@@server_id`: writes bear it, and replicated transactions that bear it are skipped. */
  bornId: number;
  binlog: Transaction[] = [];
  copied = 0; // So many of them came with a copy of another's tables, and are in no binary log of this server.
  /** Last transactions of its own that the engine had not committed for good at the last crash. */
  inDoubt: ReadonlySet<Transaction> = new Set();
  relay: Transaction[] = [];
  /** Last transaction applied from a source (`gtid_slave_pos`). */
  slavePos: Transaction | undefined;
  source: string | undefined;
  invocation: string | undefined;
  readOnly = true;
  isReceiving = false;
  isApplying = false;
  applyError: string | undefined;
  receiveError: string | undefined;
  semiSyncPrimary = false;
  semiSyncReplica = false;
  /** Whose accounts are locked here; on disk. */
  readonly shutOuts = new Set<string>();
  readonly #options: ModelServerOptions;
  #streams: Stream[] = [];
  #stream: Stream | undefined;
  readonly sessions = new WaitingSessions(
    (id, probe) => this.#write(id, probe),
    () => this.semiSyncPrimary,
  );
  #starts = 0;
  #isApplierBusy = false;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.node = options.node;
    this.serverId = options.serverId;
    this.bornId = options.serverId;
    this.machine = options.machine;
  }

  /** The replicas that this server believes in. */
  get streams(): readonly Stream[] {
    return this.#streams;
  }

  get receivedPos(): Transaction | undefined {
    return this.relay.at(-1) ?? this.slavePos;
  }

  start(role: StartRole): void {
    if (this.invocation !== undefined) return;
    this.#starts += 1;
    this.invocation = `${this.node}#${this.#starts}`;
    if (role === 'former') this.binlog = this.binlog.filter((transaction) => !this.inDoubt.has(transaction));
    this.inDoubt = new Set();
    this.bornId = this.serverId;
    this.#isApplierBusy = false;
    this.readOnly = true;
    this.isReceiving = false;
    this.isApplying = false;
    this.applyError = undefined;
    this.receiveError = undefined;
    this.semiSyncPrimary = false;
    this.semiSyncReplica = false;
  }

  /** SIGKILL, or its host died: the disk stays. */
  crash(): void {
    if (this.invocation === undefined) return;
    this.invocation = undefined;
    this.machine.kill();
    for (const stream of this.#streams) stream.replica.disconnected(stream);
    this.#streams = [];
    this.#disconnect();
    this.relay = [];
    const uncommitted = this.#options.random.whole(0, IN_DOUBT_MAX);
    this.inDoubt = inDoubtOf(this.binlog, this.slavePos, this.sessions.first, uncommitted);
    this.sessions.loseAll();
  }

  execute(id: string, probe: WriteProbeRow | undefined, done: (outcome: Outcome) => void): void {
    if (this.invocation === undefined) return void done('lost');
    if (this.readOnly) return void done('refused');
    this.sessions.execute({ id, probe, done });
  }

  acknowledged(stream: Stream, seq: number): void {
    if (this.#streams.includes(stream)) this.sessions.acknowledge(seq);
  }

  setWaiting(isOn: boolean): void {
    this.semiSyncPrimary = isOn;
    if (!isOn) this.sessions.endWaiting('ok');
  }

  shutOut(node: string): void {
    this.shutOuts.add(node);
    for (const stream of this.#streams.filter(({ replica }) => replica.node === node)) {
      this.dropped(stream);
      stream.end();
    }
  }

  attach(stream: Stream): void {
    this.#streams = [...this.#streams.filter(({ replica }) => replica !== stream.replica), stream];
    stream.send();
  }

  dropped(stream: Stream): void {
    this.#streams = this.#streams.filter((each) => each !== stream);
  }

  /** @returns false if this connection is not the replica's any more */
  receive(stream: Stream, transaction: Transaction): boolean {
    if (stream !== this.#stream || !this.isReceiving) return false;
    this.relay.push(transaction);
    this.#applyLater();
    return true;
  }

  disconnected(stream: Stream): void {
    stream.isBroken = true;
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#connectLater();
  }

  stopReceiving(): void {
    this.isReceiving = false;
    this.#disconnect();
  }

  /** Starting replication begins behind what was applied: the relay log is thrown away. */
  startReplication(): void {
    this.relay = [];
    this.isReceiving = true;
    this.isApplying = true;
    this.applyError = undefined;
    this.receiveError = undefined;
    this.#disconnect();
    this.#connect();
  }

  stopReplication(): void {
    this.stopReceiving();
    this.isApplying = false;
  }

  /** Appends a transaction as replicated, unless it bears the id that this server bears now. */
  apply(transaction: Transaction): void {
    if (transaction.serverId === this.bornId) {
      this.slavePos = transaction;
      return;
    }
    if (transaction.seq <= (this.binlog.at(-1)?.seq ?? 0)) {
      this.applyError = `${transaction.seq} is out of order`;
      this.isApplying = false;
      return;
    }
    this.binlog.push(transaction);
    this.slavePos = transaction;
    for (const stream of this.#streams) stream.send();
  }

  #write(id: string, probe: WriteProbeRow | undefined): Transaction {
    const transaction = { serverId: this.bornId, seq: (this.binlog.at(-1)?.seq ?? 0) + 1, id, probe };
    this.binlog.push(transaction);
    for (const stream of this.#streams) stream.send();
    return transaction;
  }

  #applyLater(): void {
    if (this.#isApplierBusy) return;
    this.#isApplierBusy = true;
    const delayMs = this.#options.random.happens(0.1) ? 900 : this.#options.random.between(0.2, 12);
    this.machine.timers().after(delayMs, () => {
      this.#isApplierBusy = false;
      const transaction = this.relay[0];
      if (!this.isApplying || transaction === undefined) return;
      this.apply(transaction);
      if (this.applyError === undefined) this.relay.shift();
      if (this.relay.length > 0) this.#applyLater();
    });
  }

  #connectLater(): void {
    if (this.isReceiving) this.machine.timers().after(RECONNECT_MS, () => this.#connect());
  }

  #connect(): void {
    if (!this.isReceiving || this.#stream !== undefined || this.source === undefined) return;
    const { network, serverOf } = this.#options;
    const source = serverOf(this.source);
    const isThere =
      source?.invocation !== undefined && !source.machine.isFrozen && network.isUp(this.node, this.source);
    if (source === undefined || !isThere || source.shutOuts.has(this.node)) {
      this.receiveError = isThere ? '4151' : 'cannot connect';
      this.#connectLater();
      return;
    }
    const from = indexAfter(source.binlog, this.receivedPos);
    if (from === undefined) {
      this.receiveError = '1236';
      this.isReceiving = false;
      return;
    }
    this.receiveError = undefined;
    this.#stream = new Stream({ source, replica: this, network, from });
    source.attach(this.#stream);
  }

  #disconnect(): void {
    if (this.#stream !== undefined) this.#stream.isBroken = true;
    this.#stream = undefined;
  }
}
