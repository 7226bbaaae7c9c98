/**
 * The work of a region's leader: build the snapshot, let the core decide, write what differs, each value guarded by
 * the own election and by the revision that it was read at. It acts on no node; the nodes do, on what stands written.
 */
import type { Clock } from '../../core/clock.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Accepted } from '../../core/policy.ts';
import { decideRegion } from '../../core/region.ts';
import {
  type DatabaseView,
  newlyRefused,
  type RegionDecision,
  type RegionSnapshot,
} from '../../core/region-snapshot.ts';
import type { Instant } from '../../core/time.ts';
import type { Malformed } from '../../store/errors.ts';
import { desiredKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { Leadership } from './arbiter-duty.ts';
import { writesOf } from './leader-writes.ts';
import { RefusalLog } from './refusal-log.ts';
import { type RegionView, readRegion } from './region-view.ts';
import { Standing } from './standing.ts';
import type { StoreView } from './store-view.ts';

export interface LeaderDutyDeps {
  readonly region: string;
  readonly store: Store;
  readonly view: StoreView;
  readonly leadership: Leadership;
  /** In force: the region's own policies and those of the global store. */
  readonly policies: () => readonly Accepted[];
  /** Names of policies in force that this version cannot read. */
  readonly unreadable: () => readonly string[];
  /** What the global store says about the databases, and whether it can be asked. */
  readonly databases: () => { readonly views: readonly DatabaseView[]; readonly isReachable: boolean };
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

export class LeaderDuty {
  readonly #deps: LeaderDutyDeps;
  readonly #standing = new Standing();
  #leading: { readonly epoch: bigint; readonly since: Instant } | undefined;
  #refused: ReadonlySet<string> = new Set();
  #present: ReadonlySet<string> | undefined;
  readonly #malformed: RefusalLog;
  readonly #owners = new Map<string, string>();
  /** Who says of itself that it owns which address; one that died says so until its lease ends. */
  #claims: ReadonlySet<string> = new Set();

  constructor(deps: LeaderDutyDeps) {
    this.#deps = deps;
    this.#malformed = new RefusalLog(deps.record);
  }

  /** @returns in how many ms it wants to be called again at the latest; undefined if only a change matters */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, view, clock } = this.#deps;
    const epoch = leadership.epoch();
    if (epoch === undefined) this.#leading = undefined;
    if (epoch === undefined || view.awayForMs() > 0) return undefined;
    const now = clock.nowMs();
    if (this.#leading?.epoch !== epoch) this.#begin(epoch, now);
    const region = readRegion(view.entries());
    this.#tellPresence(region, epoch);
    this.#malformed.tell(region.problems.map((each) => unreadable(each, epoch)));
    const snapshot = this.#snapshot(region, epoch, now);
    const decision = decideRegion(snapshot);
    const refusals = newlyRefused(this.#refused, decision.refusals);
    this.#refused = refusals.keys;
    for (const event of refusals.events) this.#deps.record(event);
    const isWritten = await this.#write(decision, region, epoch, signal);
    if (isWritten) for (const event of decision.events) this.#deps.record(event);
    return isWritten ? decision.nextTickInMs : 0;
  }

  #begin(epoch: bigint, now: Instant): void {
    this.#leading = { epoch, since: now };
    this.#standing.keepOnly(new Set());
    this.#refused = new Set();
    this.#present = undefined;
    this.#owners.clear();
    this.#claims = new Set();
  }

  #snapshot(view: RegionView, epoch: bigint, now: Instant): RegionSnapshot {
    const seen = new Set<string>();
    const standing = (key: string, value: string): number => {
      seen.add(key);
      return this.#standing.see(key, value, now);
    };
    const observations = view.observations.map((each) => ({
      ...each,
      standingMs: standing(`observation ${each.node} ${each.probe}`, `${each.health} ${each.facts.home ?? ''}`),
    }));
    const desired = view.desired.map(({ value, modRevision }) => ({
      value,
      standingMs: standing(`desired ${value.kind} ${value.name}`, modRevision.toString()),
      ...(value.kind !== 'identity'
        ? {}
        : { sideStandingMs: standing(`side ${value.name}`, value.readOnly ? 'away' : 'home') }),
    }));
    const reports = view.reports.map(({ modRevision, ...report }) => ({
      ...report,
      standingMs: standing(`report ${report.node} ${report.name}`, modRevision.toString()),
    }));
    this.#standing.keepOnly(seen);
    const databases = this.#deps.databases();
    return {
      region: this.#deps.region,
      epoch,
      leadingForMs: now - (this.#leading?.since ?? now),
      wallMs: this.#deps.wallMs(),
      nodes: view.nodes,
      observations,
      policies: this.#deps.policies().filter(isReadable(view)),
      unreadable: this.#deps.unreadable(),
      databases: databases.views,
      desired,
      holds: view.holds,
      identityOrders: view.identityOrders.map(({ name, order }) => ({ name, order })),
      reports,
      globalReachable: databases.isReachable,
    };
  }

  /** @returns false if something changed meanwhile: nothing of it was written */
  async #write(decision: RegionDecision, view: RegionView, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    const { compares, operations } = writesOf(decision, view, epoch);
    if (operations.length === 0) return true;
    const guard = this.#deps.leadership.guard(epoch);
    const { committed } = await this.#deps.store.transact([guard, ...compares], operations, signal);
    return committed;
  }

  /** Who came, who went, and who owns the addresses, told by the one agent that sees all of them. */
  #tellPresence(view: RegionView, epoch: bigint): void {
    const now = new Set(view.nodes.map((each) => each.node));
    const before = this.#present;
    this.#present = now;
    if (before !== undefined) {
      for (const node of now)
        if (!before.has(node)) this.#tell('node:presence:appeared', node, `${node} has registered`, epoch);
      for (const node of before)
        if (!now.has(node)) this.#tell('node:presence:vanished', node, `the lease of ${node} ran out`, epoch);
    }
    this.#tellOwners(view, before === undefined, epoch);
  }

  /** An owner is new when it begins to say so. */
  #tellOwners({ observations }: RegionView, isFirst: boolean, epoch: bigint): void {
    const owners = observations.filter(({ probe, facts }) => probe.startsWith('vip-') && facts.owner === true);
    const before = this.#claims;
    this.#claims = new Set(owners.map(({ probe, node }) => `${probe} ${node}`));
    for (const { node, probe } of owners) {
      if (before.has(`${probe} ${node}`)) continue;
      const known = this.#owners.get(probe);
      this.#owners.set(probe, node);
      if (!isFirst && known !== undefined && known !== node)
        this.#tell('vip:owner:changed', probe, `${probe} went from ${known} to ${node}`, epoch);
    }
  }

  #tell(name: NewEvent['name'], subject: string, message: string, epoch: bigint): void {
    this.#deps.record({ name, subject, message, cause: 'seen in the store', epoch });
  }
}

const KIND_OF = {
  VirtualAddress: 'vip',
  IdentityRoute: 'identity',
  DatabaseFailover: 'database',
  EndpointCatalog: 'catalog',
  FernetKeys: 'keys',
} as const;

/** A decision that cannot be read is not written over, because it may be a newer version's: nothing is decided there. */
function isReadable({ problems }: RegionView): (accepted: Accepted) => boolean {
  const broken = new Set(problems.map((each) => each.key));
  return ({ policy }) => !broken.has(desiredKey(KIND_OF[policy.kind], policy.name));
}

function unreadable(problem: Malformed, epoch: bigint): NewEvent {
  return {
    name: 'route:backend:refused',
    subject: problem.key,
    message: problem.message,
    cause: 'a record in the store cannot be read',
    refusal: 'PreconditionUnmet',
    epoch,
  };
}
