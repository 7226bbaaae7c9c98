/**
 * Asks for the promises that keep a primary open while the store is away, at the pace of the lease's keep-alives. It
 * asks only while the right stands: a right that has lapsed comes back with the lease, never by promises alone, because
 * others may have been promoted in between. Nothing is repeated: the next round is the next try.
 */
import type { Clock, Timer, Timers } from '../../core/clock.ts';
import { type PromiseRequest, promiseDeadline } from '../../core/database/promise.ts';
import { renewEveryMs } from '../../core/lease.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import type { HeldPromises } from './held-promises.ts';
import type { PeerPort } from './peer-port.ts';
import type { PrimaryRight } from './primary-right.ts';

export interface PromiseAskerDeps {
  readonly node: string;
  /** Unique to this process. */
  readonly asker: string;
  readonly policy: () => DatabaseFailover;
  readonly right: Pick<PrimaryRight, 'isAlive' | 'required' | 'missing'>;
  readonly promises: HeldPromises;
  readonly peers: PeerPort;
  /** The member's record may be gone while its agent still answers; the last URL known counts. */
  readonly urlOf: (node: string) => string | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A promise was given: the right may last longer now. */
  readonly onGranted: () => void;
  readonly onProblem: (error: unknown) => void;
}

export class PromiseAsker {
  readonly #deps: PromiseAskerDeps;
  readonly #underWay = new Set<string>();
  readonly #asked = new Set<string>();
  #sequence = 0;
  /** The list for which those who had not promised were asked out of turn. */
  #hurriedFor: readonly string[] | undefined;
  #round: Timer | undefined;
  #isStopped = false;

  constructor(deps: PromiseAskerDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { right, promises, timers, policy } = this.#deps;
    if (this.#isStopped) return;
    if (right.isAlive) for (const node of right.required) void this.#ask(node);
    else promises.clear();
    this.#round = timers.after(renewEveryMs(policy().ttlMs), () => this.start());
  }

  /** Asks those at once whose promise is needed from now on: until they give it, the lease alone keeps the server open. */
  hurry(): void {
    const { right } = this.#deps;
    if (this.#isStopped || !right.isAlive || right.required === this.#hurriedFor) return;
    this.#hurriedFor = right.required;
    for (const node of right.missing) void this.#ask(node);
  }

  /** Asks no more; what was promised counts until it runs out. */
  stop(): void {
    this.#isStopped = true;
    this.#round?.cancel();
  }

  /**
   * Gives everybody's word back, so that a successor is found without waiting for it. The server must be closed before.
   * Whoever cannot be told waits until the word runs out.
   */
  async release(): Promise<void> {
    this.stop();
    this.#deps.promises.clear();
    await Promise.allSettled([...this.#asked].map((node) => this.#send(node, 0)));
  }

  async #ask(node: string): Promise<void> {
    const { right, promises, clock, policy, onProblem } = this.#deps;
    if (this.#underWay.has(node)) return;
    this.#underWay.add(node);
    const { ttlMs, marginMs } = policy();
    const sentAt = clock.nowMs();
    try {
      const answer = await this.#send(node, ttlMs);
      // What comes after the right has lapsed, or after everybody was released, revives nothing.
      const counts = right.isAlive && !this.#isStopped;
      if (answer?.granted === true && counts) {
        promises.granted(node, promiseDeadline(sentAt, ttlMs, marginMs), answer.applied);
        this.#deps.onGranted();
      }
      if (answer?.granted === false) onProblem(new Error(`${node} gives no promise: ${answer.reason}`));
    } catch (error) {
      onProblem(error);
    } finally {
      this.#underWay.delete(node);
    }
  }

  /** @returns undefined if nobody knows where that agent is */
  async #send(node: string, forMs: number) {
    const { peers, urlOf, policy, asker } = this.#deps;
    const url = urlOf(node);
    if (url === undefined) return undefined;
    this.#asked.add(node);
    this.#sequence += 1;
    const request: PromiseRequest = {
      database: policy().name,
      primary: this.#deps.node,
      forMs,
      asker,
      sequence: this.#sequence,
    };
    return peers.ask(url, request, renewEveryMs(policy().ttlMs));
  }
}
