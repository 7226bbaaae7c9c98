/**
 * A region whose route is by files, as its leader sees it from tick to tick: what stands in the store, what the nodes
 * report, and who is there. A test says what the nodes do; the decisions are the real ones.
 */
import type { DesiredIdentity, DesiredRollout } from '../../src/core/desired.ts';
import type { NewEvent } from '../../src/core/event.ts';
import type { IdentityOrder } from '../../src/core/identity-order.ts';
import { decideIdentity } from '../../src/core/identity-route.ts';
import type { SeenObservation } from '../../src/core/observation.ts';
import type { ConfigurationRoute } from '../../src/core/policy.ts';
import type { DatabaseView, NodeReport, SeenReport, Verdict } from '../../src/core/region-snapshot.ts';
import { aSnapshot, identity, inForce, LONG, northIsPrimary, saw } from './a-region.ts';

const { name, mode, region, database, keystones, observers, probe, isolateAfterMs, returnAfterMs, cooldownMs } =
  identity;
export const files: ConfigurationRoute = {
  ...{ kind: 'IdentityRoute', name, mode, region, database, keystones, observers, probe },
  ...{
    isolateAfterMs,
    returnAfterMs,
    cooldownMs,
    maxLagMs: identity.maxLagMs,
    emptyCaches: true,
    returning: 'automatic',
  },
  via: 'config',
  layout: 'debian',
  services: ['placement', 'glance'],
  nodes: ['south-1', 'south-2', 'south-3'],
  nodeTimeoutMs: 120_000,
};

export const NORTH = 'http://192.0.2.10:5000';
export const SOUTH = 'http://198.51.100.10:5000';

export class ARollout {
  policy = files;
  view: DatabaseView = northIsPrimary;
  value: DesiredIdentity | undefined;
  present = new Set(files.nodes);
  homeIs: 'ok' | 'failed' = 'ok';
  ownIs: 'ok' | 'failed' = 'ok';
  epoch = 100n;
  drifted: readonly string[] = [];
  /** What is seen of the files was seen before the node's last turn. */
  lookedBefore = false;
  readonly events: NewEvent[] = [];
  verdict: Verdict | undefined;
  #nowMs = 0;
  #writtenAtMs = 0;
  #sideSinceMs = 0;
  readonly #reports = new Map<string, NodeReport & { readonly atMs: number }>();

  get rollout(): DesiredRollout {
    const rollout = this.value?.rollout ?? undefined;
    if (rollout === undefined) throw new Error('nothing has been decided');
    return rollout;
  }

  get names(): readonly string[] {
    return this.events.map((each) => each.name.replace('identity:', ''));
  }

  /** Ticks until nothing changes; the leader has led for long. */
  tick(order?: IdentityOrder['kind']): this {
    for (let left = 10; left > 0; left--) {
      if (!this.#once(left === 10 ? order : undefined)) return this;
    }
    throw new Error('the decision does not come to rest');
  }

  /** Time passes, and nothing else. */
  after(ms: number): this {
    this.#nowMs += ms;
    return this.tick();
  }

  says(node: string, phase: NodeReport['phase'], difference: Partial<NodeReport> = {}): this {
    const { decision } = this.rollout;
    const report = { node, name: files.name, epoch: this.epoch, decision, phase, turn: this.rollout.turnNumber };
    const counts = { isRepaired: false, refusal: null, detail: `${node} says so`, files: 2, units: 2, leftover: 0 };
    this.#reports.set(node, { ...report, ...counts, ...difference, atMs: this.#nowMs });
    return this.tick();
  }

  forget(node: string): this {
    this.#reports.delete(node);
    return this.tick();
  }

  /** Every node takes its turn and succeeds. */
  complete(): this {
    for (let turn = this.rollout.turn; turn !== null; turn = this.rollout.turn) {
      this.says(turn, 'working').says(turn, 'done');
    }
    return this;
  }

  #once(kind: IdentityOrder['kind'] | undefined): boolean {
    const order = { kind: kind ?? 'isolate', id: 'o1', by: 'ann', atMs: 0 } as const;
    const snapshot = aSnapshot({
      epoch: this.epoch,
      nodes: [...this.present].map((node) => ({ node, roles: ['api'], addresses: [] })),
      observations: this.#observations(),
      reports: this.#seenReports(),
      identityOrders: kind === undefined ? [] : [{ name: files.name, order }],
    });
    const standingMs = this.#nowMs - this.#writtenAtMs;
    const sideStandingMs = this.#nowMs - this.#sideSinceMs;
    const seen = this.value === undefined ? undefined : { value: this.value, standingMs, sideStandingMs };
    this.verdict = decideIdentity(inForce(this.policy), { view: this.view, stale: undefined }, seen, snapshot);
    const { desired, events } = this.verdict;
    if (desired?.kind !== 'identity' || events.length === 0) return false;
    if (this.value?.readOnly !== desired.readOnly) this.#sideSinceMs = this.#nowMs;
    this.value = desired;
    this.events.push(...events);
    this.#writtenAtMs = this.#nowMs;
    return true;
  }

  #turnOf(node: string): number | null {
    return this.lookedBefore ? 0 : (this.#reports.get(node)?.turn ?? null);
  }

  #seenReports(): readonly SeenReport[] {
    return [...this.#reports.values()].map(({ atMs, ...report }) => ({ ...report, standingMs: this.#nowMs - atMs }));
  }

  #observations(): readonly SeenObservation[] {
    return [
      ...files.observers.map((node) => saw(node, 'identity-home', this.homeIs, LONG)),
      ...['south-1', 'south-2'].map((node) => saw(node, 'keystone-local', this.ownIs, LONG)),
      ...this.drifted.map((node) =>
        saw(node, 'identity-configuration-south', 'degraded', LONG, { turn: this.#turnOf(node), isDrifted: true }),
      ),
    ];
  }
}

/** At home, every node done. */
export function settledAtHome(): ARollout {
  const region = new ARollout().tick().complete();
  region.events.length = 0;
  return region;
}
