/**
 * Puts together what a primary's right to be open is made of: the lease of its key, the promises of the others, and the
 * dead man's switch that ends it when this process cannot.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FenceFiles } from '../../actuator/fence-order.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import { bootMs } from '../boot-clock.ts';
import { HeldPromises } from '../duty/held-promises.ts';
import { LeaseOnDemand } from '../duty/lease-on-demand.ts';
import type { PeerPort } from '../duty/peer-port.ts';
import { PrimaryRight } from '../duty/primary-right.ts';
import { PromiseAsker } from '../duty/promise-asker.ts';
import type { Agent } from './agent.ts';

/** Below the run directory, which is in memory; `regent-fence.service` looks there. */
export const FENCE_DIRECTORY = 'fence';

export interface RightSurroundings {
  readonly peers: PeerPort;
  /** The policy as it is in force now. */
  readonly policyNow: () => DatabaseFailover;
  /** Where a member's agent answers; undefined if nobody knows. */
  readonly urlOf: (node: string) => string | undefined;
  /** The lease is held (again), or lost. */
  readonly onChange: () => void;
  /** The right may last longer now. */
  readonly onRenewed: () => void;
}

export function rightOf(agent: Agent, policy: DatabaseFailover, around: RightSurroundings) {
  const { clock, timers, onProblem, parts } = agent;
  const { bootId, runDirectory, stores, config } = parts;
  const { name: database } = policy;
  const { onChange, onRenewed, peers, policyNow, urlOf } = around;
  const store = stores.global;
  const lease = new LeaseOnDemand({ store, timing: policyNow, clock, timers, onRenewed, onChange, onProblem });
  const promises = new HeldPromises(clock);
  const directory = join(runDirectory, FENCE_DIRECTORY);
  const deadMansSwitch = new FenceFiles({ directory, node: config.node, database, bootId, bootMs });
  const right = new PrimaryRight({ database, store, lease, promises, deadMansSwitch });
  const asker = new PromiseAsker({
    node: config.node,
    asker: randomUUID(),
    policy: policyNow,
    right,
    promises,
    peers,
    urlOf,
    clock,
    timers,
    onGranted: onRenewed,
    onProblem,
  });
  asker.start();
  return { right, asker, deadMansSwitch };
}
