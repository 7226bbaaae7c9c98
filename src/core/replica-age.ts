/**
 * How old the data of a region's own replicas are. A region that is cut off answers from them; a role that was taken away
 * and has not arrived is still there. A dead home is worse than old data, so that their age stops no switch; but it is said,
 * all the time before a cut, and with a switch that uses data which were too old already when home was lost.
 */
import type { IdentityCase } from './identity-case.ts';

/** The age of the primary's last row on this node's server, by the policy's limit. */
export const REPLICA_AGE_PROBE = 'replica-age';

/** @returns the region's nodes whose data were beyond the limit before home was lost, as far as this leader has seen */
export function staleReplicas({ snapshot, votes }: Pick<IdentityCase, 'snapshot' | 'votes'>): readonly string[] {
  const lostForMs = votes.failed.majorityForMs ?? 0;
  return snapshot.observations
    .filter(
      ({ probe, health, standingMs }) => probe === REPLICA_AGE_PROBE && health === 'degraded' && standingMs > lostForMs,
    )
    .map(({ node }) => node);
}
