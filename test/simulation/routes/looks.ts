/** What the probes of every node really saw, and when; the store may say it late, or not at all. */
import type { Health } from '../../../src/core/observation.ts';
import { NODES } from './region.ts';

export interface Look {
  readonly atMs: number;
  readonly health: Health;
  /** The region that was home when it looked. */
  readonly home: string;
}

/** A dead node's last word stands until its lease has ended. */
const STANDS_MS = 12_000;
/** From one look to the next, and to the store and back. */
const SLACK_MS = 2_700;

export class Looks {
  readonly #looks = new Map<string, Look[]>();

  add(node: string, probe: string, look: Look): void {
    const key = `${node} ${probe}`;
    const known = this.#looks.get(key);
    if (known === undefined) this.#looks.set(key, [look]);
    else known.push(look);
  }

  /**
   * Was there a moment in the last `staleMs` at which a majority of the observers had seen home like this for `forMs`? Whoever
   * decides may know no more than what was true then.
   */
  hadMajority(
    health: Health,
    forMs: number,
    { nowMs, staleMs }: { readonly nowMs: number; readonly staleMs: number },
  ): boolean {
    const moments = NODES.flatMap((node) => this.#of(node, 'identity-home').map(({ atMs }) => atMs));
    const candidates = [...moments.filter((atMs) => atMs >= nowMs - staleMs && atMs <= nowMs), nowMs];
    return candidates.some((atMs) => {
      const agreeing = NODES.filter((node) => this.#stood(node, health, forMs, atMs));
      return agreeing.length > NODES.length / 2;
    });
  }

  /** Did this node see its own Keystone issue a token in the last `staleMs`? */
  hasProved(node: string, { nowMs, staleMs }: { readonly nowMs: number; readonly staleMs: number }): boolean {
    return this.#of(node, 'keystone-local').some(({ atMs, health }) => health === 'ok' && atMs >= nowMs - staleMs);
  }

  #stood(node: string, health: Health, forMs: number, atMs: number): boolean {
    const seen = this.#of(node, 'identity-home').filter((look) => look.atMs <= atMs);
    const last = seen.at(-1);
    if (last === undefined || atMs - last.atMs > STANDS_MS) return false;
    const sinceMs = atMs - Math.max(0, forMs - SLACK_MS);
    const first = seen.findLastIndex((look) => look.atMs <= sinceMs);
    return first >= 0 && seen.slice(first).every((look) => look.health === health);
  }

  #of(node: string, probe: string): readonly Look[] {
    return this.#looks.get(`${node} ${probe}`) ?? [];
  }
}
