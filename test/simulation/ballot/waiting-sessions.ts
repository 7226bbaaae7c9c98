/**
 * The sessions of a model server that commit: those whose transaction is in the binary log and waits for its acknowledgement,
 * in that order, and those behind them. Commits are made in groups, each of one transaction here, and behind two that wait
 * no other is written.
 */
import type { WriteProbeRow } from '../../../src/actuator/database-server.ts';
import type { Outcome } from './model-server.ts';
import type { Transaction } from './transaction.ts';

const GROUPS_MAX = 2;

interface Session {
  readonly id: string;
  readonly probe: WriteProbeRow | undefined;
  readonly done: (outcome: Outcome) => void;
}

export class WaitingSessions {
  readonly #write: (id: string, probe: WriteProbeRow | undefined) => Transaction;
  readonly #mustWait: () => boolean;
  #waiting: { readonly transaction: Transaction; readonly done: Session['done'] }[] = [];
  #queued: Session[] = [];

  /** @param write puts a transaction into the binary log, and on its way to the replicas */
  constructor(write: (id: string, probe: WriteProbeRow | undefined) => Transaction, mustWait: () => boolean) {
    this.#write = write;
    this.#mustWait = mustWait;
  }

  get first(): Transaction | undefined {
    return this.#waiting[0]?.transaction;
  }

  execute(session: Session): void {
    this.#queued.push(session);
    this.#commit();
  }

  /** Everything up to this number was received by somebody. */
  acknowledge(seq: number): void {
    const done = this.#waiting.filter(({ transaction }) => transaction.seq <= seq);
    this.#waiting = this.#waiting.filter(({ transaction }) => transaction.seq > seq);
    for (const waiting of done) waiting.done('ok');
    this.#commit();
  }

  endHead(): void {
    this.#waiting.shift()?.done('lost');
    this.#commit();
  }

  endWaiting(outcome: Outcome): void {
    for (const { done } of this.#waiting.splice(0)) done(outcome);
    this.#commit();
  }

  /** Also those that are not written yet: they never will be. */
  loseAll(): void {
    const sessions = [...this.#waiting.splice(0), ...this.#queued.splice(0)];
    for (const { done } of sessions) done('lost');
  }

  #commit(): void {
    while (this.#queued.length > 0 && !(this.#mustWait() && this.#waiting.length >= GROUPS_MAX)) {
      const session = this.#queued.shift();
      if (session === undefined) return;
      const transaction = this.#write(session.id, session.probe);
      if (this.#mustWait()) this.#waiting.push({ transaction, done: session.done });
      else session.done('ok');
    }
  }
}
