/**
 * The way between one machine and the store: delay, loss, and cuts in either direction. A cut loses what is sent
 * while it lasts; what was on its way arrives, late if need be.
 */
import type { Link, MemberState } from '../../src/store/memory-store.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface PathOptions {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly latencyMinMs: number;
  readonly latencyMaxMs: number;
}

/** How often a message takes long, and how long it may take then: longer than any call waits for it. */
const STRAGGLER_PROBABILITY = 0.02;
export const STRAGGLER_MAX_MS = 1_500;
/** Half of what a call waits for both of its messages. */
const LATE_MS = 200;

export class Path {
  /** Faults set these; nothing else does. */
  isCutToStore = false;
  isCutFromStore = false;
  lossProbability = 0;
  /** Added to what comes from the store. */
  answerDelayMs = 0;
  member: MemberState = 'serving';
  /** When the last message was sent that was lost, or took so long that its call may have ended without it. */
  lateAtMs = Number.NEGATIVE_INFINITY;
  readonly #options: PathOptions;

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** True if nothing disturbs this way. */
  get isWhole(): boolean {
    const { isCutToStore, isCutFromStore, lossProbability, answerDelayMs, member } = this;
    return !isCutToStore && !isCutFromStore && lossProbability === 0 && answerDelayMs === 0 && member === 'serving';
  }

  /** @param receive hands what arrives to the process that sent for it. */
  link(receive: (deliver: () => void) => void): Link {
    return {
      toStore: (deliver) => this.#send(this.isCutToStore, deliver),
      fromStore: (deliver) => this.#send(this.isCutFromStore, () => receive(deliver), this.answerDelayMs),
    };
  }

  #send(isCut: boolean, deliver: () => void, addedMs = 0): void {
    const { random, scheduler, latencyMinMs, latencyMaxMs } = this.#options;
    const isStraggler = random.happens(STRAGGLER_PROBABILITY);
    const delayMs = random.between(latencyMinMs, isStraggler ? STRAGGLER_MAX_MS : latencyMaxMs);
    const isLost = isCut || random.happens(this.lossProbability);
    if (isLost || delayMs + addedMs > LATE_MS) this.lateAtMs = scheduler.nowMs();
    if (isLost) return;
    scheduler.after(delayMs + addedMs, deliver);
  }
}
