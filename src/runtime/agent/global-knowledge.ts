/**
 * What a region's leader knows from the global store: which server is the primary of each database, and under which
 * policy. While that store is away the region goes on with what it was last told (I5).
 */
import { regionOf } from '../../core/database/candidate.ts';
import { lossyTermOf } from '../../core/database/promotion.ts';
import { routedTo } from '../../core/database-route.ts';
import { type Accepted, type DatabaseFailover, type FernetKeys, isGlobal } from '../../core/policy.ts';
import type { DatabaseView } from '../../core/region-snapshot.ts';
import { prefixes } from '../../store/keys.ts';
import { readDatabase } from '../duty/database-view.ts';
import { areMemberWords } from '../duty/member-words.ts';
import type { StoreView } from '../duty/store-view.ts';
import type { Agent } from './agent.ts';
import { LateView } from './candidacy.ts';
import type { MirrorSet } from './mirror-set.ts';
import { PolicyBook } from './policy-book.ts';

export class GlobalKnowledge {
  readonly #agent: Agent;
  readonly #view = new LateView();
  readonly #book: PolicyBook;
  #mirrors: MirrorSet | undefined;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#book = new PolicyBook(this.#view, (detail) =>
      agent.parts.logger.error({ detail }, 'a policy cannot be read'),
    );
  }

  open(onWake: (keys?: readonly string[]) => void): void {
    if (this.#mirrors !== undefined) return;
    this.#mirrors = this.#agent.mirrors.open(
      this.#agent.parts.stores.global,
      [prefixes.databases, prefixes.accepted, prefixes.keys],
      (keys) => {
        if (!areMemberWords(keys)) onWake(keys);
      },
    );
    this.#view.target = this.#mirrors;
  }

  async close(): Promise<void> {
    const mirrors = this.#mirrors;
    this.#mirrors = undefined;
    this.#view.target = undefined;
    if (mirrors !== undefined) await this.#agent.mirrors.close(mirrors);
  }

  /** All that is in force there and belongs there. */
  shared(): readonly Accepted[] {
    return this.#book.all().filter(({ policy }) => isGlobal(policy));
  }

  policies(): readonly Accepted<DatabaseFailover>[] {
    return this.#book.ofKind('DatabaseFailover');
  }

  keyPolicies(): readonly Accepted<FernetKeys>[] {
    return this.#book.ofKind('FernetKeys');
  }

  /** What the global store holds, as far as it is mirrored here. */
  get view(): Pick<StoreView, 'entries' | 'awayForMs'> {
    return this.#view;
  }

  /** Names of policies in force there that this version cannot read. */
  unreadable(): readonly string[] {
    return this.#book.unreadable();
  }

  /** Undefined before the store was read for the first time. */
  policiesIfKnown(): readonly DatabaseFailover[] | undefined {
    return this.#view.revision === 0n ? undefined : this.policies().map((each) => each.policy);
  }

  /** True while somebody has the right of the database's primary. */
  isManaged(database: string): boolean {
    return readDatabase(database, this.#view.entries()).primary !== undefined;
  }

  databases(): { readonly views: readonly DatabaseView[]; readonly isReachable: boolean } {
    const views = this.policies().flatMap(({ policy }): readonly DatabaseView[] => {
      const { state } = readDatabase(policy.name, this.#view.entries());
      const primary = state === undefined ? undefined : routedTo(state);
      const region = primary === undefined ? undefined : regionOf(policy, primary);
      if (state === undefined || primary === undefined || region === undefined) return [];
      return [{ database: policy.name, primary, region, term: state.term, lossyTerm: lossyTermOf(state) }];
    });
    return { views, isReachable: this.#view.awayForMs() === 0 };
  }
}
