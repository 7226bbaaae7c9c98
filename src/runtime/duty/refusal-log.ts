/** Tells a refusal when it begins and again when it begins again, not on every tick for as long as it stands. */
import type { NewEvent } from '../../core/event.ts';

export class RefusalLog {
  readonly #record: (event: NewEvent) => void;
  #standing: ReadonlySet<string> = new Set();

  constructor(record: (event: NewEvent) => void) {
    this.#record = record;
  }

  tell(refusals: readonly NewEvent[]): void {
    const keys = new Set<string>();
    for (const event of refusals) {
      const key = `${event.name} ${event.subject} ${event.refusal} ${event.epoch}`;
      if (!this.#standing.has(key) && !keys.has(key)) this.#record(event);
      keys.add(key);
    }
    this.#standing = keys;
  }
}
