/**
 * I5: a store that is away, or that takes a lease away too early, closes no primary while every member that could be
 * opened instead answers it; nor does an edit of the policy, or its deletion. A closing counts against that if nothing but
 * the stores was disturbed for a while.
 */
import { STRAGGLER_MAX_MS } from '../../path.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** By then a primary that something else has touched is open again, with its lease and everybody's promise. */
const CALM_TTLS = 4;

/**
 * So long after its term began a primary has seen who is to promise, and has been promised, also if both messages take long.
 * Until then its lease alone keeps it open, which lasts one TTL more.
 */
const PROMISED_AFTER_MS = 2 * STRAGGLER_MAX_MS;

export function noStoreNoMove(world: BallotWorld): BallotChecker {
  let open: string | undefined;
  let term = 0n;
  let termSinceMs = 0;
  let electable: readonly string[] = [];
  const isPromised = (node: string) => {
    const wasAsked = electable.length > 0 && electable.every((by) => world.peers.grantedAtMs(by, node) > termSinceMs);
    return wasAsked || world.scheduler.nowMs() - termSinceMs > PROMISED_AFTER_MS + world.policies.ttlMs;
  };
  return {
    onState: (state) => {
      if (state.term !== term) [term, termSinceMs, electable] = [state.term, world.scheduler.nowMs(), state.electable];
      if (state.electable.length > 0) electable = state.electable;
    },
    afterStep: () => {
      const node = world.promotion.primary;
      const server = world.serverOf(node ?? '');
      const isOpen = server !== undefined && !server.readOnly && server.invocation !== undefined;
      if (open !== undefined && open === node && !isOpen && isPromised(node) && isCalm(world))
        world.violated(`I5: ${node} was closed by the loss of its store, or an edit of its policy, alone`);
      open = isOpen ? node : undefined;
    },
  };
}

/** An order that stands may close it as well. */
const isCalm = ({ scheduler, disturbances, truth, policies }: BallotWorld): boolean =>
  truth.view.orderRevision === 0n && scheduler.nowMs() - disturbances.hostsAtMs > CALM_TTLS * policies.ttlMs;
