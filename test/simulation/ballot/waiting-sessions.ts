/** The sessions of a model server whose commits wait for their acknowledgement, in the order of the binary log. */
import type { Outcome } from './model-server.ts';
import type { Transaction } from './transaction.ts';

interface Waiting {
  readonly transaction: Transaction;
  readonly done: (outcome: Outcome) => void;
}

export class WaitingSessions {
  #waiting: Waiting[] = [];

  get first(): Transaction | undefined {
    return this.#waiting[0]?.transaction;
  }

  add(transaction: Transaction, done: (outcome: Outcome) => void): void {
    this.#waiting.push({ transaction, done });
  }

  /** Everything up to this number was received by somebody. */
  acknowledge(seq: number): void {
    const done = this.#waiting.filter(({ transaction }) => transaction.seq <= seq);
    this.#waiting = this.#waiting.filter(({ transaction }) => transaction.seq > seq);
    for (const waiting of done) waiting.done('ok');
  }

  endAll(outcome: Outcome): void {
    for (const { done } of this.#waiting.splice(0)) done(outcome);
  }
}
