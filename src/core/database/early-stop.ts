/**
 * An acker stops receiving ahead of the ballot that its silent primary is about to cause. To stop the receiver of a semi-sync
 * replica takes MariaDB a second if its source does not answer (it tries to tell it, for
 * `rpl_semi_sync_slave_kill_conn_timeout`), and no ballot can count an acker before that; so it is done while the lease
 * runs out anyway. Nothing is given up by it: a receiver that is stopped acknowledges nothing. A primary that comes back
 * waits for its acker until it asks for the next promise, upon which the acker follows again.
 */
import { renewEveryMs } from '../lease.ts';
import type { DurationMs } from '../time.ts';
import { isAcker } from './ackers.ts';
import { about, act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import type { DatabaseState } from './state.ts';

/** What the stopping takes, and the round that begins it. */
const LEAD_MS = 1_300;
/** In renewals of the lease, each of which asks for a promise: one may be lost, and the next one late. */
const RENEWALS_MISSED = 2.5;
/** In TTLs: a ballot would stand by then. Whoever is still the primary is followed, as silent as it may be. */
const GIVEN_UP_AFTER_TTLS = 2;

/** For how long a primary has to be silent. */
function silentAfterMs(ttlMs: DurationMs): DurationMs {
  return Math.max(ttlMs - LEAD_MS, RENEWALS_MISSED * renewEveryMs(ttlMs));
}

/** Has the primary's agent not been heard for so long that its lease is about to run out, and not for longer than that explains? */
export function isPrimarySilent({ primaryHeardAgoMs: agoMs, policy: { policy } }: MemberSnapshot): boolean {
  if (agoMs === undefined) return false;
  return agoMs >= silentAfterMs(policy.ttlMs) && agoMs < GIVEN_UP_AFTER_TTLS * policy.ttlMs;
}

/** A replica that follows; a primary that is away on purpose, or held by somebody, is silent for no ballot. */
function mayStopEarly({ node, hold }: MemberSnapshot, state: DatabaseState): boolean {
  return state.phase === 'steady' && isAcker(state, node) && hold === undefined && state.hold === null;
}

/** @returns undefined while the primary is heard, or while its server still sends something: then it hears of the stopping */
export function stopEarly(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  if (!mayStopEarly(snapshot, state) || !isPrimarySilent(snapshot)) return undefined;
  if (snapshot.receivedStandingMs < snapshot.policy.policy.writeProbe.everyMs) return undefined;
  const silentMs = Math.round(snapshot.primaryHeardAgoMs ?? 0);
  return act(
    { kind: 'stop-receiving' },
    {
      ...about(snapshot, state),
      name: 'database:member:paused',
      message: `${snapshot.node} stops receiving from ${state.primary} until that is heard again: nothing came for ${silentMs} ms`,
      cause: 'the lease of the primary is about to run out',
      facts: { silentMs },
    },
  );
}

/** @returns in how many ms the primary will have been silent for long enough, if nothing comes; undefined = nothing to look at */
export function earlyStopInMs(snapshot: MemberSnapshot): DurationMs | undefined {
  const { state, policy, primaryHeardAgoMs: agoMs, receivedStandingMs } = snapshot;
  if (state === undefined || agoMs === undefined || !mayStopEarly(snapshot, state)) return undefined;
  const { ttlMs, writeProbe } = policy.policy;
  if (agoMs >= GIVEN_UP_AFTER_TTLS * ttlMs) return undefined;
  const isStopped = snapshot.server.look?.replication?.receiving !== true;
  const inMs = Math.max(silentAfterMs(ttlMs) - agoMs, writeProbe.everyMs - receivedStandingMs);
  return isStopped || inMs <= 0 ? undefined : inMs;
}
