/** The hold of an orderly stop: no ballot opens while it stands, and the primary stays open without its agent (I6). */
import type { Timers } from '../../core/clock.ts';
import { readDatabase } from './database-view.ts';
import type { PrimaryRight } from './primary-right.ts';
import type { StoreView } from './store-view.ts';

export interface HoldDeps {
  readonly node: string;
  readonly database: string;
  readonly view: StoreView;
  readonly right: PrimaryRight;
  readonly timers: Timers;
  readonly wallMs: () => number;
}

/** What was overtaken, or is not finished, is tried anew after this. */
export const AGAIN_AFTER_MS = 25;

/**
 * The view may be a write behind, and an answer may not come: it is tried again for as long as the right stands.
 * @returns false if the hold could not be written
 */
export async function writeHold({ right, view, database, node, wallMs, timers }: HoldDeps): Promise<boolean> {
  const hold = { owner: node, reason: 'the agent of the primary was stopped in order', sinceMs: wallMs() };
  while (right.isAlive) {
    const found = readDatabase(database, view.entries());
    if (found.state === undefined) return false;
    if (await right.writeState(found, { ...found.state, hold }).catch(() => false)) return true;
    await new Promise<void>((resolve) => timers.after(AGAIN_AFTER_MS, resolve));
  }
  return false;
}
