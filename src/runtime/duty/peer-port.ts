/** How one db agent speaks to another, without the store. */
import type { PromiseAnswer, PromiseRequest } from '../../core/database/promise.ts';

export interface PeerPort {
  /** Where other agents reach this one; null if it does not listen. */
  readonly url: string | null;
  /**
   * Asks once; nothing is tried again.
   * @param url - of the other agent, from its member record
   * @throws when no answer came within `withinMs`, or what came is none
   */
  ask(url: string, request: PromiseRequest, withinMs: number): Promise<PromiseAnswer>;
}
