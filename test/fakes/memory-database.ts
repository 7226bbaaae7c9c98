/**
 * A model of MariaDB servers that replicate, as far as regent's port shows them: it keeps the contract that real servers
 * keep. A commit is in the binary log before it waits for its acknowledgement; an acknowledgement comes only with an event
 * that is received as one; starting replication forgets what was not applied; a start as a former primary cuts off what
 * waited, and its number is used again. Everything happens at once: there is no time in here.
 */
import type { StartRole } from '../../src/actuator/database-server.ts';
import type { WriteResult } from '../contract/database-world.ts';

export interface Transaction {
  readonly serverId: number;
  readonly seq: number;
  readonly row: unknown;
}

/** Behind so many groups of commits that wait for an acknowledgement no other is written. */
const GROUPS_MAX = 2;

interface Queued {
  readonly row: unknown;
  readonly settle: (result: WriteResult) => void;
}

interface Waiting {
  readonly transaction: Transaction;
  readonly settle: (result: WriteResult) => void;
}

/** Servers that reach each other, by port. */
export type MemoryNetwork = Map<number, MemoryDatabase>;

export class MemoryDatabase {
  readonly serverId: number;
  readonly port: number;
  binlog: Transaction[] = [];
  relay: Transaction[] = [];
  applied: Transaction | undefined;
  source: number | undefined;
  starts = 1;
  isRunning = true;
  isFrozen = false;
  readOnly = true;
  isReceiving = false;
  isApplying = false;
  waitsForAck = false;
  acknowledges = false;
  receiveError: string | null = null;
  /** Accounts that may not replicate from here; on disk. */
  readonly locked = new Set<string>();
  /** False from a restart until replication starts: the relay log is there, but what it ends with is not shown. */
  isReceivedKnown = true;
  readonly #network: MemoryNetwork;
  #waiting: Waiting[] = [];
  #queued: Queued[] = [];

  constructor(serverId: number, port: number, network: MemoryNetwork) {
    this.serverId = serverId;
    this.port = port;
    this.#network = network;
    network.set(port, this);
  }

  get received(): Transaction | undefined {
    return this.relay.at(-1) ?? this.applied;
  }

  get account(): string {
    return `repl-${this.serverId}`;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get replicas(): readonly MemoryDatabase[] {
    return [...this.#network.values()].filter(
      (each) => each.isReceiving && each.source === this.port && !this.locked.has(each.account),
    );
  }

  /** Accounts of everybody who may replicate from here. */
  get accounts(): readonly string[] {
    return [...this.#network.values()].map(({ account }) => account);
  }

  get isShutOut(): boolean {
    const source = this.source === undefined ? undefined : this.#network.get(this.source);
    return source?.locked.has(this.account) === true;
  }

  letIn(account: string): void {
    this.locked.delete(account);
    this.#push();
  }

  /** What a client reads: all that is in the binary log and does not wait. */
  get visible(): readonly Transaction[] {
    const hidden = new Set(this.#waiting.map(({ transaction }) => transaction));
    return this.binlog.filter((transaction) => !hidden.has(transaction));
  }

  write(row: unknown): Promise<WriteResult> {
    if (!this.isRunning) return Promise.resolve('lost');
    if (this.readOnly) return Promise.resolve('refused');
    const answer = Promise.withResolvers<WriteResult>();
    this.#queued.push({ row, settle: answer.resolve });
    this.#commit();
    return answer.promise;
  }

  /** Ends the session at the head of those that wait; what it wrote stays. */
  endWaiting(): void {
    const [head] = this.#waiting;
    this.#end('lost', (waiting) => waiting === head);
  }

  close(): void {
    this.readOnly = true;
    this.#loseQueued();
    this.#end('lost');
  }

  setWaitsForAck(waitsForAck: boolean): void {
    this.waitsForAck = waitsForAck;
    // The false OK: whoever waited is told that all is well.
    if (!waitsForAck) this.#end('ok');
  }

  /** Ends the session of one write that waits; it stays in the binary log. */
  killWaiting(row: unknown): void {
    this.#loseQueued((queued) => queued.row === row);
    this.#end('lost', (waiting) => waiting.transaction.row === row);
  }

  startReplication(): void {
    this.relay = [];
    this.isApplying = true;
    this.startReceiving();
  }

  startReceiving(): void {
    this.receiveError = null;
    this.isReceivedKnown = true;
    this.isReceiving = true;
    this.pull();
  }

  /** @param limit the last transaction to fetch, as `START SLAVE UNTIL` has it. */
  pull(limit = Number.POSITIVE_INFINITY): void {
    const source = this.source === undefined ? undefined : this.#network.get(this.source);
    if (!this.isReceiving || !this.isRunning || this.isFrozen) return;
    if (source === undefined || !source.isRunning || source.isFrozen || source.locked.has(this.account)) return;
    const from = source.#indexAfter(this.received);
    if (from === undefined) {
      this.receiveError = '1236: the position is not in the binary log of the source';
      this.isReceiving = false;
      return;
    }
    for (const transaction of source.binlog.slice(from).filter(({ seq }) => seq <= limit)) {
      this.relay.push(transaction);
      if (this.acknowledges) source.#acknowledged(transaction.seq);
    }
    if (this.isApplying) this.#apply();
  }

  crash(): void {
    this.isRunning = false;
    this.isFrozen = false;
    this.#loseQueued();
    for (const { settle } of this.#waiting) settle('lost');
  }

  restart(role: StartRole): void {
    const tail = new Set(this.#waiting.map(({ transaction }) => transaction));
    if (role === 'former') this.binlog = this.binlog.filter((transaction) => !tail.has(transaction));
    this.#waiting = [];
    Object.assign(this, { isRunning: true, readOnly: true, isReceiving: false, isApplying: false });
    Object.assign(this, { waitsForAck: false, acknowledges: role === 'former' });
    this.isReceivedKnown = false;
    this.starts += 1;
  }

  thaw(): void {
    this.isFrozen = false;
    this.pull();
    this.#push();
  }

  #apply(): void {
    for (const transaction of this.relay.splice(0)) {
      this.binlog.push(transaction);
      this.applied = transaction;
    }
    this.#push();
  }

  #push(): void {
    if (!this.isFrozen) for (const replica of this.replicas) replica.pull();
  }

  #acknowledged(seq: number): void {
    this.#end('ok', ({ transaction }) => transaction.seq <= seq);
  }

  #end(result: WriteResult, isMeant: (waiting: Waiting) => boolean = () => true): void {
    const ending = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((waiting) => !ending.includes(waiting));
    for (const { settle } of ending) settle(result);
    if (ending.length > 0) this.#commit();
  }

  /** Writes what is queued, as far as it need not stay behind others. */
  #commit(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { row, settle } = next;
      const transaction = { serverId: this.serverId, seq: (this.binlog.at(-1)?.seq ?? 0) + 1, row };
      this.binlog.push(transaction);
      if (this.waitsForAck) this.#waiting.push({ transaction, settle });
      else settle('ok');
      this.#push();
    }
  }

  #next(): Queued | undefined {
    const isBehind = this.waitsForAck && this.#waiting.length >= GROUPS_MAX;
    return isBehind ? undefined : this.#queued.shift();
  }

  #loseQueued(isMeant: (queued: Queued) => boolean = () => true): void {
    const lost = this.#queued.filter(isMeant);
    this.#queued = this.#queued.filter((queued) => !lost.includes(queued));
    for (const { settle } of lost) settle('lost');
  }

  /** A replica skips what bears its own server id, because it has it: only a position that is missing is an error. */
  #indexAfter(position: Transaction | undefined): number | undefined {
    if (position === undefined) return 0;
    const at = this.binlog.findIndex(({ serverId, seq }) => serverId === position.serverId && seq === position.seq);
    return at < 0 ? undefined : at + 1;
  }
}
