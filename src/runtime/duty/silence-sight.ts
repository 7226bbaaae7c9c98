/**
 * For how long nothing was heard of the primary: no request of its agent, nothing received from its server. An agent that did
 * not look for a while cannot tell whose silence it was, and begins anew.
 */
import type { ServerLook } from '../../core/database/server-look.ts';
import { elapsedMs, type Instant } from '../../core/time.ts';
import type { PromiseGiver } from './promise-giver.ts';
import { Standing } from './standing.ts';

type Heard = Parameters<PromiseGiver['heardAgoMs']>[0];

/** Twice the pace of the rounds. */
const LOOK_LATE_MS = 2_000;

export class SilenceSight {
  readonly #giver: Pick<PromiseGiver, 'heardAgoMs'>;
  readonly #standing = new Standing();
  #lookedAt: Instant | undefined;
  #breaks = 0;

  constructor(giver: Pick<PromiseGiver, 'heardAgoMs'>) {
    this.#giver = giver;
  }

  see(state: Heard, look: ServerLook | undefined, now: Instant) {
    if (this.#lookedAt !== undefined && elapsedMs(this.#lookedAt, now) > LOOK_LATE_MS) this.#breaks += 1;
    this.#lookedAt = now;
    const received = `${this.#breaks} ${look?.replication?.receivedPos ?? ''}`;
    return {
      primaryHeardAgoMs: this.#giver.heardAgoMs(state),
      receivedStandingMs: this.#standing.see('received', received, now),
    };
  }
}
