/**
 * Tells when an agent has lost a store and when it reaches it again, as events. A short silence (an election of the
 * store's own, a watch that is set up anew) is no loss. Nothing is moved because of either (I5): they are told so that
 * people can explain what was refused meanwhile.
 */
import type { NewEvent } from '../core/event.ts';
import type { DurationMs } from '../core/time.ts';

/** Above an election of etcd with its default timeouts, 1–2 s, and one call. */
const LOST_AFTER_MS = 3000;

export class StoreReach {
  readonly #lost = new Set<string>();

  /**
   * To be called again and again for each store.
   * @param awayForMs for how long the store has confirmed nothing; 0 while it answers
   * @returns an event when it is lost, or reached again; undefined while nothing has changed
   */
  see(store: string, awayForMs: DurationMs): NewEvent | undefined {
    const wasLost = this.#lost.has(store);
    if (!wasLost && awayForMs >= LOST_AFTER_MS) {
      this.#lost.add(store);
      const message = `the ${store} store has confirmed nothing for ${LOST_AFTER_MS / 1000} s`;
      return { name: 'agent:store:lost', subject: store, message, cause: 'no answer' };
    }
    if (wasLost && awayForMs === 0) {
      this.#lost.delete(store);
      return {
        name: 'agent:store:regained',
        subject: store,
        message: `the ${store} store answers`,
        cause: 'an answer',
      };
    }
    return undefined;
  }
}
