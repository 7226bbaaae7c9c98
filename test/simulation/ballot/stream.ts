/**
 * One replication connection: a source sends its binary log in order, a replica receives it and, if it is a semi-sync
 * replica, acknowledges each transaction when it has received it. A cut breaks the connection; the source may go on
 * believing in it, as MariaDB does.
 */
import type { ModelServer } from './model-server.ts';
import type { Network } from './network.ts';

export class Stream {
  readonly source: ModelServer;
  readonly replica: ModelServer;
  readonly isSemiSync: boolean;
  isBroken = false;
  readonly #network: Network;
  readonly #toReplica: (deliver: () => void) => void;
  readonly #toSource: (deliver: () => void) => void;
  #next: number;
  #lastArrivalMs = 0;
  #lastAckMs = 0;

  constructor(options: {
    readonly source: ModelServer;
    readonly replica: ModelServer;
    readonly network: Network;
    readonly from: number;
  }) {
    this.source = options.source;
    this.replica = options.replica;
    this.isSemiSync = options.replica.semiSyncReplica;
    this.#network = options.network;
    this.#next = options.from;
    this.#toReplica = options.replica.machine.receiver();
    this.#toSource = options.source.machine.receiver();
  }

  /** Sends what is not sent yet. */
  send(): void {
    while (!this.isBroken && this.#next < this.source.binlog.length) {
      const transaction = this.source.binlog[this.#next];
      this.#next += 1;
      if (transaction === undefined) return;
      this.#lastArrivalMs = this.#network.arrivalMs(this.#lastArrivalMs);
      this.#network.at(this.#lastArrivalMs, () => {
        if (!this.#isUp()) return;
        this.#toReplica(() => {
          if (this.isBroken || !this.replica.receive(this, transaction)) this.#hangUp();
          else if (this.isSemiSync) this.#acknowledge(transaction.seq);
        });
      });
    }
  }

  /** The source ends the connection; the replica hears of it if the way is open. */
  end(): void {
    this.#network.at(this.#network.arrivalMs(this.#lastArrivalMs), () => {
      if (this.#isUp()) this.#toReplica(() => this.replica.disconnected(this));
    });
  }

  #acknowledge(seq: number): void {
    this.#lastAckMs = this.#network.arrivalMs(this.#lastAckMs);
    this.#network.at(this.#lastAckMs, () => {
      if (this.#isUp()) this.#toSource(() => this.source.acknowledged(this, seq));
    });
  }

  /** The replica has gone from this connection; the source learns of it if the way is open. */
  #hangUp(): void {
    if (this.#isUp()) this.#toSource(() => this.source.dropped(this));
  }

  #isUp(): boolean {
    if (!this.#network.isUp(this.source.node, this.replica.node)) {
      this.isBroken = true;
      this.replica.disconnected(this);
    }
    return !this.isBroken;
  }
}
