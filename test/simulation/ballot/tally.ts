/** What happened in a run, in numbers: without them a run in which nothing was violated says nothing. */
import type { NewEvent } from '../../../src/core/event.ts';

export class Tally {
  ballots = 0;
  promotions = 0;
  refusals = 0;
  /** By kind: faults, blows in ballots, and operators' orders. */
  readonly faults = new Map<string, number>();

  injected(kind: string, count = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + count);
  }

  recorded({ name, refusal }: NewEvent): void {
    if (name === 'database:ballot:opened' || name === 'database:switchover:started') this.ballots += 1;
    if (refusal !== undefined) this.refusals += 1;
  }

  add(other: Tally): void {
    this.ballots += other.ballots;
    this.promotions += other.promotions;
    this.refusals += other.refusals;
    for (const [kind, count] of other.faults) this.injected(kind, count);
  }
}
