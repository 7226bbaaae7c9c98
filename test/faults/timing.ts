/**
 * The bounds of the fault table, as formulas of the policy's times. Pure. Constants are what the code or the daemons cannot
 * go below; each says where it comes from. A bound is a promise: it is made before the measurement, and never fitted to it.
 */

import { POLL_MS } from '../../src/core/database/ballot.ts';
import type { DatabaseFailover } from '../../src/core/policy.ts';

/** A live agent looks at its server at least this often, and each look may take as long again. */
const NOTICE_MS = 1_000;
/** `STOP SLAVE IO_THREAD` against a frozen primary takes up to 2 s with `rpl_semi_sync_slave_kill_conn_timeout=1`. */
const FREEZE_MS = 2_000;
/** Drain, open, prove, and the proxies: each a look, a write to the store, and a watch's way. */
const OPEN_MS = 1_500;
/** The agent's write that fails last may have begun when the first one had failed for almost `hungAfter`. */
const LAST_WRITE_MS = 3_000;
/** etcd revokes expired leases in a loop of 500 ms. */
const REVOKE_MS = 500;
/** etcd's election timeout on the bed is 1 s; members wait one to two of them. */
const ELECTION_MS = 2_000;
/** The arbiter's lease; leases are counted in whole seconds. */
const ARBITER_TTL_MS = 3_000;
/** The lease under which an agent says what it sees. */
const AGENT_TTL_MS = 9_000;
/** systemd starts a killed agent again after 1 s; an agent is ready about 3 s later on a busy machine. */
const AGENT_RESTART_MS = 4_000;
/** `slave_net_timeout` of the bed's replicas: how long one believes in a source that says nothing. */
const REPLICA_NOTICE_MS = 4_000;
/** A proxy's agent compares its routes with what is wanted every 2 s, later by its jitter and what the look takes. */
const PROXY_LOOK_MS = 3_000;
/** The primary removes an acknowledging replica that has not followed for this long (durability bounded). */
const ACKER_GONE_MS = 5_000;
/**
 * What a successor had received before it began to acknowledge is waited for in vain for 2 s (vain-waiting.ts), and ended
 * by the round after that.
 */
const IN_VAIN_MS = 3_000;
/** A client gives an attempt up after 1 s and makes the next; HAProxy needs two checks 500 ms apart. */
const CLIENT_MS = 1_500;

/** What the formulas are made of. */
export type Timing = Pick<
  DatabaseFailover,
  'ttlMs' | 'marginMs' | 'hungAfterMs' | 'stepTimeoutMs' | 'cooldownMs' | 'withinRegion' | 'betweenRegions'
>;

/** A time in ms, and where it comes from. */
export interface Bound {
  readonly formula: string;
  readonly ms: (timing: Timing) => number;
}

const BALLOT_MS = POLL_MS + FREEZE_MS + OPEN_MS;
const crashMs = (t: Timing): number => NOTICE_MS + t.withinRegion.holdDownMs + BALLOT_MS;
const leaseMs = (t: Timing): number => t.ttlMs + REVOKE_MS + t.withinRegion.holdDownMs + BALLOT_MS;

export const bounds = {
  /** No write may be missed for longer than a client's own reconnection. */
  untouched: { formula: 'client', ms: () => CLIENT_MS },
  /** A live agent says that its server is gone: nothing waits for a lease. */
  crash: { formula: 'notice + holdDown + poll + freeze + open', ms: crashMs },
  /** It lives and takes no write: its own agent ends it, and from then on it is a crash. */
  hung: { formula: 'hungAfter + last write + crash', ms: (t) => t.hungAfterMs + LAST_WRITE_MS + crashMs(t) },
  /** A server that is stopped in order first says goodbye to its clients. */
  restart: { formula: 'crash + 2 s to stop', ms: (t) => crashMs(t) + 2_000 },
  /** Nobody can say that the primary is gone: its lease has to run out. */
  lease: { formula: 'ttl + revoke + holdDown + poll + freeze + open', ms: leaseMs },
  /** The store elects a leader first, which starts every lease again; whoever is the arbiter then saw the primary go. */
  leaseAfterElection: {
    formula: 'election + max(0, arbiter ttl - ttl) + lease',
    ms: (t) => ELECTION_MS + Math.max(0, ARBITER_TTL_MS - t.ttlMs) + leaseMs(t),
  },
  /** The arbiter's agent comes back, or another one takes over when its lease has run out; the step begins anew. */
  arbiterLost: {
    formula: 'crash + max(agent restart, arbiter ttl + revoke) + poll + freeze + open',
    ms: (t) => crashMs(t) + Math.max(AGENT_RESTART_MS, ARBITER_TTL_MS + REVOKE_MS) + BALLOT_MS,
  },
  /** A member that does not answer its step is passed over after the step's timeout. */
  memberLost: {
    formula: 'crash + stepTimeout + poll + freeze + open',
    ms: (t) => crashMs(t) + t.stepTimeoutMs + BALLOT_MS,
  },
  /** Commits wait for the acknowledging replica until it is seen gone and removed. */
  ackerLost: {
    formula: 'slave_net_timeout + acker gone + notice + in vain + client',
    ms: () => REPLICA_NOTICE_MS + ACKER_GONE_MS + NOTICE_MS + IN_VAIN_MS + CLIENT_MS,
  },
  /** The same if its whole host is gone: the store shows it until its agent's own lease is over. */
  ackerHostLost: {
    formula: 'agent ttl + revoke + acker gone + notice + in vain + client',
    ms: () => AGENT_TTL_MS + REVOKE_MS + ACKER_GONE_MS + NOTICE_MS + IN_VAIN_MS + CLIENT_MS,
  },
  /** No route moves before the fault is over; then proxies' agents find theirs wrong when they look the next time. */
  heldRoute: {
    formula: 'lease + proxy look + client',
    ms: (t) => leaseMs(t) + PROXY_LOOK_MS + CLIENT_MS,
  },
  /** After the store's return the primary, or a ballot, opens again; nobody waited for anything meanwhile. */
  storeReturn: {
    formula: 'election + ttl + poll + freeze + open after the return',
    ms: (t) => ELECTION_MS + t.ttlMs + BALLOT_MS,
  },
} as const satisfies Record<string, Bound>;

export type BoundName = keyof typeof bounds;

/** The same bound for a fault that itself lasts: the outage may last as long as the fault and the bound after it. */
export function after(extraMs: number, what: string, bound: Bound): Bound {
  return { formula: `${what} + ${bound.formula}`, ms: (t) => extraMs + bound.ms(t) };
}
