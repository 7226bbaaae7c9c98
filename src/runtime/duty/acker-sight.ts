/** For how long this agent has seen each acker not to be there. Who enters anew begins at zero. */
import { isThere } from '../../core/database/ackers.ts';
import type { Instant } from '../../core/time.ts';
import type { DatabaseView } from './database-view.ts';
import { Standing } from './standing.ts';

export class AckerSight {
  readonly #node: string;
  readonly #standing = new Standing();

  constructor({ node }: { readonly node: string }) {
    this.#node = node;
  }

  /** @returns in ms, by node; 0 = it is there */
  lostForMs({ state, members }: DatabaseView, now: Instant): ReadonlyMap<string, number> {
    const nodes = (state?.ackers ?? []).map(({ node }) => node);
    this.#standing.keepOnly(new Set(nodes));
    return new Map(
      nodes.map((node) => {
        const isHere = isThere(
          members.find((record) => record.node === node),
          this.#node,
        );
        const forMs = this.#standing.see(node, isHere, now);
        return [node, isHere ? 0 : forMs];
      }),
    );
  }
}
