/**
 * What happened and must be told: each act waits here for its event, from an agent that has lived on. A write to the store
 * whose answer never came is not told by whoever wrote it: that gap is counted.
 */
import type { EventName, NewEvent } from '../../../../src/core/event.ts';
import { STRAGGLER_MAX_MS } from '../../path.ts';
import type { Host } from '../host.ts';
import type { BallotWorld } from '../world.ts';

/** A closing takes 300 ms, a call to a server at most a second. */
export const TOLD_WITHIN_MS = 2_000;

/** What was done, and how it is to be told. */
interface Act {
  readonly what: string;
  /** Whose words count. */
  readonly hosts: readonly Host[];
  readonly names: readonly EventName[];
  /** The term that the event must name; undefined if any will do. */
  readonly term?: bigint;
  /** Somebody without a voice of its own may have done it. */
  readonly isExcused?: () => boolean;
}

interface Owed extends Act {
  readonly sinceMs: number;
  /** The process that ran on each host. */
  readonly lives: readonly number[];
  /** A request that was under way then, or its answer, may have taken too long. */
  readonly isAnswerLate: boolean;
}

export class OwedEvents {
  readonly #world: BallotWorld;
  readonly #told: { readonly atMs: number; readonly host: Host; readonly event: NewEvent }[] = [];
  #owed: Owed[] = [];

  constructor(world: BallotWorld) {
    this.#world = world;
  }

  tell(host: Host, event: NewEvent): void {
    this.#told.push({ atMs: this.#world.scheduler.nowMs(), host, event });
  }

  owe(act: Act): void {
    const lives = act.hosts.map(({ agentMachine }) => agentMachine.lives);
    const now = this.#world.scheduler.nowMs();
    const isAnswerLate = act.hosts.some(({ path }) => path.lateAtMs >= now - STRAGGLER_MAX_MS);
    this.#owed.push({ ...act, sinceMs: now, lives, isAnswerLate });
  }

  /** After each step: what is due is judged; what its agent cannot tell any more is dropped. */
  settle(): void {
    if (this.#owed.length === 0) return;
    const now = this.#world.scheduler.nowMs();
    const isOpen = (owed: Owed) => !isHindered(owed) && now - owed.sinceMs <= TOLD_WITHIN_MS;
    if (this.#owed.every(isOpen)) return;
    const over = this.#owed.filter((owed) => !isOpen(owed));
    this.#owed = this.#owed.filter(isOpen);
    for (const owed of over) if (!isHindered(owed)) this.#judge(owed);
  }

  #judge({ what, hosts, names, term, sinceMs, isExcused, isAnswerLate }: Owed): void {
    const isKnown = this.#told.some(
      ({ atMs, host, event }) =>
        atMs >= sinceMs - TOLD_WITHIN_MS &&
        hosts.includes(host) &&
        names.includes(event.name) &&
        (term === undefined || event.epoch === term),
    );
    if (isKnown || isExcused?.() === true) return;
    if (isAnswerLate) this.#world.counted('an act whose answer was lost was not told');
    else this.#world.violated(`I8: nobody tells that ${what}`);
  }
}

const isHindered = ({ hosts, lives }: Owed): boolean =>
  hosts.some(({ agentMachine }, index) => agentMachine.isFrozen || agentMachine.lives !== lives[index]);
