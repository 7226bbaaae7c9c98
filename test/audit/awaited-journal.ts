/**
 * The journal with its real disk, for tests on a clock that is moved by hand: it knows what it has under way, so that
 * the clock can stand still until the disk has answered, however long that takes on a busy machine.
 */
import { Journal } from '../../src/audit/journal.ts';
import type { JournalLine } from '../../src/audit/journal-files.ts';
import { settle } from '../runtime/fake-time.ts';

export class AwaitedJournal extends Journal {
  readonly #underWay = new Set<Promise<unknown>>();

  override append(line: JournalLine): Promise<void> {
    return this.#known(super.append(line));
  }

  override readAfter(counter: number, limit: number): Promise<readonly JournalLine[]> {
    return this.#known(super.readAfter(counter, limit));
  }

  override markShipped(counter: number): Promise<void> {
    return this.#known(super.markShipped(counter));
  }

  /** Resolves when the disk has nothing left to do, and nobody who waited for it has asked for more. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.allSettled(this.#underWay);
      await settle();
    }
  }

  #known<T>(work: Promise<T>): Promise<T> {
    const end = () => void this.#underWay.delete(work);
    this.#underWay.add(work);
    work.then(end, end);
    return work;
  }
}
