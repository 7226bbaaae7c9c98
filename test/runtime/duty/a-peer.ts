/** Other agents as the asker meets them: they grant what they are asked, refuse, or are silent, as a test says. */
import type { PromiseAnswer, PromiseRequest } from '../../../src/core/database/promise.ts';
import type { Peers as PeersPort } from '../../../src/runtime/agent/peers.ts';
import type { PeerAnswer } from '../../../src/runtime/peer-server.ts';

export class Peers implements PeersPort {
  readonly url = 'https://own.example:9465';
  readonly asked: { readonly url: string; readonly request: PromiseRequest }[] = [];
  /** URLs that do not answer. */
  readonly silent = new Set<string>();
  /** URLs that refuse. */
  readonly refusing = new Set<string>();
  /** Answers are kept until a test lets go of them. */
  isHeldUp = false;
  readonly #waiting: (() => void)[] = [];
  #answer: PeerAnswer | undefined;

  use(answer: PeerAnswer): void {
    this.#answer = answer;
  }

  /** Another agent asks this one. @param names - whom its certificate names; default: everybody */
  receive(request: PromiseRequest, names?: readonly string[]): PromiseAnswer {
    if (this.#answer === undefined) throw new Error('nobody answers');
    return this.#answer(request, (host) => names?.includes(host) ?? true);
  }

  async ask(url: string, request: PromiseRequest): Promise<PromiseAnswer> {
    this.asked.push({ url, request });
    if (this.silent.has(url)) throw new Error('silent');
    if (this.isHeldUp) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.refusing.has(url) ? { granted: false, reason: 'BallotJoined' } : { granted: true, applied: null };
  }

  letGo(): void {
    this.isHeldUp = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
