/** The arbiter's duties for keys: one for each policy in force, and for each whose keys are still in the store. */
import { soonestMs } from '../../core/hysteresis.ts';
import { KeysArbiterDuty } from '../duty/keys-arbiter-duty.ts';
import { readKeys } from '../duty/keys-view.ts';
import { readHolds } from '../duty/region-view.ts';
import type { StoreView } from '../duty/store-view.ts';
import type { TickLoop } from '../tick-loop.ts';
import type { Agent } from './agent.ts';
import type { Candidacy, LateView } from './candidacy.ts';
import { joined } from './mirror-set.ts';
import type { PolicyBook } from './policy-book.ts';

export interface KeysDutiesDeps {
  /** Holds and policies in force. */
  readonly view: StoreView;
  /** The keys; there only while this agent is the arbiter. */
  readonly judged: LateView;
  readonly leadership: Candidacy;
  readonly book: PolicyBook;
}

/** For what no watch tells. */
const TICK_MS = 10_000;
const TIMEOUT_MS = 5_000;

export function keysLoopOf(agent: Agent, deps: KeysDutiesDeps): TickLoop {
  const duties = new KeysDuties(agent, deps);
  return agent.loop({
    name: 'arbiter-keys',
    everyMs: TICK_MS,
    timeoutMs: TIMEOUT_MS,
    tick: (signal) => duties.tick(signal),
  });
}

class KeysDuties {
  readonly #agent: Agent;
  readonly #deps: KeysDutiesDeps;
  readonly #duties = new Map<string, KeysArbiterDuty>();

  constructor(agent: Agent, deps: KeysDutiesDeps) {
    this.#agent = agent;
    this.#deps = deps;
  }

  /** @returns in how many ms the first of them wants to be called again */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { judged, leadership, book } = this.#deps;
    if (leadership.epoch() === undefined) return undefined;
    const policies = book.ofKind('FernetKeys').map(({ policy }) => policy.name);
    const names = new Set([...policies, ...readKeys(judged.entries()).keys()]);
    for (const name of this.#duties.keys()) if (!names.has(name)) this.#duties.delete(name);
    const wanted: (number | undefined)[] = [];
    for (const name of names) wanted.push(await this.#dutyFor(name).tick(signal));
    return soonestMs(...wanted);
  }

  #dutyFor(name: string): KeysArbiterDuty {
    const known = this.#duties.get(name);
    if (known !== undefined) return known;
    const { view, judged, leadership, book } = this.#deps;
    const duty = new KeysArbiterDuty({
      name,
      policy: () => book.ofKind('FernetKeys').find((each) => each.policy.name === name),
      isGone: () => book.isGone(name),
      holds: () => readHolds(view.entries()),
      view: joined(view, judged),
      store: this.#agent.parts.stores.global,
      leadership,
      seal: this.#agent.parts.seal,
      record: this.#agent.record,
      wallMs: this.#agent.wallMs,
    });
    this.#duties.set(name, duty);
    return duty;
  }
}
