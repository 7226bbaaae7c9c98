/**
 * What the agents say to each other directly: requests and answers over the network between the hosts, late, lost, or cut
 * in one direction only. A frozen agent answers when it thaws, a killed one never.
 */
import type { PromiseAnswer, PromiseRequest } from '../../../src/core/database/promise.ts';
import type { PeerPort } from '../../../src/runtime/duty/peer-port.ts';
import type { Machine } from '../machine.ts';
import type { SeededRandom } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Network } from './network.ts';

type Receive = (deliver: () => void) => void;

interface Listener {
  readonly receive: Receive;
  readonly answer: (request: PromiseRequest) => PromiseAnswer;
}

const STRAGGLER_PROBABILITY = 0.02;
const STRAGGLER_MAX_MS = 1_500;
const LATENCY_MAX_MS = 15;

export class PeerNetwork {
  /** Faults set these three; nothing else does. */
  lossProbability = 0;
  /** The agents speak over a network of their own: what is cut is the replication. */
  isApart = false;
  /** Nodes whose requests do not arrive; answers to them do. */
  readonly mute = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #network: Network;
  readonly #listeners = new Map<string, Listener>();
  readonly #grantedAtMs = new Map<string, number>();
  readonly #afterRequest = new Map<string, () => void>();

  constructor(scheduler: Scheduler, random: SeededRandom, network: Network) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#network = network;
  }

  /** When the last promise of one agent reached the other one. */
  grantedAtMs(by: string, to: string): number {
    return this.#grantedAtMs.get(`${by} to ${to}`) ?? Number.NEGATIVE_INFINITY;
  }

  /** The agent that runs on this machine now answers. */
  listen(node: string, machine: Machine, answer: Listener['answer']): void {
    this.#listeners.set(node, { receive: machine.receiver(), answer });
  }

  /** Something happens right after the node's next request has left. */
  afterNextRequest(node: string, act: () => void): void {
    this.#afterRequest.set(node, act);
  }

  /** The way out of the agent that runs on this machine now. */
  port(node: string, machine: Machine): PeerPort {
    const receive = machine.receiver();
    const timers = machine.timers();
    return {
      url: `https://${node}`,
      ask: (url, request, withinMs) => {
        const to = new URL(url).hostname;
        return new Promise<PromiseAnswer>((resolve, reject) => {
          const timeout = timers.after(withinMs, () => reject(new Error(`${to} gave no answer`)));
          const answered = (answer: PromiseAnswer) => {
            timeout.cancel();
            if (answer.granted) this.#grantedAtMs.set(`${to} to ${node}`, this.#scheduler.nowMs());
            resolve(answer);
          };
          this.#request(node, to, request, (answer) => receive(() => answered(answer)));
          const act = this.#afterRequest.get(node);
          this.#afterRequest.delete(node);
          // Requests of the same round leave together.
          if (act !== undefined) this.#scheduler.after(0, act);
        });
      },
    };
  }

  #request(from: string, to: string, request: PromiseRequest, answered: (answer: PromiseAnswer) => void): void {
    if (this.mute.has(from)) return;
    this.#send(from, to, () => {
      const listener = this.#listeners.get(to);
      listener?.receive(() => {
        const answer = listener.answer(request);
        this.#send(to, from, () => answered(answer));
      });
    });
  }

  #send(from: string, to: string, arrive: () => void): void {
    const isStraggler = this.#random.happens(STRAGGLER_PROBABILITY);
    const delayMs = this.#random.between(0.5, isStraggler ? STRAGGLER_MAX_MS : LATENCY_MAX_MS);
    const isUp = this.isApart || this.#network.isUp(from, to);
    if (!isUp || this.#random.happens(this.lossProbability)) return;
    this.#scheduler.after(delayMs, arrive);
  }
}
