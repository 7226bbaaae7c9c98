/**
 * The work of a proxy's agent: put into effect what the leader wants of this node, again and again, and say under
 * which epoch it stands. It never goes back: a decision of an older epoch or term than the one in force is refused
 * (F4 closes the way to an old primary and keeps it closed).
 */
import type { AddressActuator, Outcome, RouteActuator, WantedAddress } from '../../actuator/actuator.ts';
import { assertNever } from '../../core/assert-never.ts';
import { type Desired, type DesiredCatalog, type DesiredVip, scopeOf } from '../../core/desired.ts';
import type { NewEvent } from '../../core/event.ts';
import { appliedKey } from '../../store/keys.ts';
import { appliedRecord } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { RefusalLog } from './refusal-log.ts';
import { readRegion, type StoredDesired } from './region-view.ts';
import type { StoreView } from './store-view.ts';

export interface ProxyDutyDeps {
  readonly node: string;
  readonly store: Store;
  readonly view: StoreView;
  readonly routes: RouteActuator;
  readonly addresses: AddressActuator;
  readonly record: (event: NewEvent) => void;
}

/**
 * VRRP's own range is 1–254 and keepalived's default 100. The preferred node is above what an address is usually served
 * with before regent adopts it, the others are below, so that the order in which they reload moves nothing (I5).
 */
const PRIORITY_PREFERRED = 200;
const PRIORITY_OTHERS = 100;
const PRIORITY_STEP = 10;

/** What is in force here: the highest numbers met in this life. */
interface InForce {
  readonly epoch: bigint;
  readonly term: bigint;
}

export class ProxyDuty {
  readonly #deps: ProxyDutyDeps;
  readonly #inForce = new Map<string, InForce>();
  readonly #applied = new Map<string, string>();
  readonly #refusals: RefusalLog;

  constructor(deps: ProxyDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  /** Level-triggered: applies everything each time; what already is as wanted is left alone by the actuators. */
  async tick(signal: AbortSignal): Promise<undefined> {
    const refusals: NewEvent[] = [];
    const told: (() => Promise<void>)[] = [];
    for (const stored of readRegion(this.#deps.view.entries()).desired) {
      if (stored.value.kind === 'catalog') continue;
      if (!isForProxy(stored.value, this.#deps.node)) continue;
      const stale = this.#staleness(stored);
      const outcome = stale ?? (await this.#apply(stored.value, signal));
      if (!outcome.ok) refusals.push(refused(stored, outcome));
      else if (outcome.changed) this.#deps.record(applied(stored, outcome));
      if (stale === undefined) told.push(() => this.#say(stored, outcome, signal));
    }
    this.#refusals.tell(refusals);
    // After everything is in effect: a store that does not answer must not keep a route from being closed.
    for (const say of told) await say();
    return undefined;
  }

  #staleness({ value, epoch }: StoredDesired): (Outcome & { ok: false }) | undefined {
    const scope = scopeOf(value);
    const term = value.kind === 'database' ? value.term : 0n;
    const known = this.#inForce.get(scope);
    if (known !== undefined && (epoch < known.epoch || term < known.term)) {
      const detail = `epoch ${epoch}, term ${term} is older than epoch ${known.epoch}, term ${known.term} in force`;
      return { ok: false, refusal: 'StaleEpoch', detail };
    }
    this.#inForce.set(scope, { epoch, term });
    return undefined;
  }

  async #apply(value: Exclude<Desired, DesiredCatalog>, signal: AbortSignal): Promise<Outcome> {
    switch (value.kind) {
      case 'vip': {
        const wanted = wantedAddress(value, this.#deps.node);
        if (typeof wanted === 'string') return { ok: false, refusal: 'PreconditionUnmet', detail: wanted };
        return this.#deps.addresses.apply(wanted, signal);
      }
      case 'identity': {
        const { backend, ready, sessions } = value;
        if (backend === null) return { ok: false, refusal: 'PreconditionUnmet', detail: 'no backend is named' };
        return this.#deps.routes.apply({ backend, ready, sessions }, signal);
      }
      case 'database':
        return this.#deps.routes.apply({ backend: value.backend, ready: value.ready, sessions: 'end' }, signal);
      default:
        return assertNever(value);
    }
  }

  /** Writes the applied epoch when it changes; after a restart the store is asked what stands there. */
  async #say({ value, epoch }: StoredDesired, outcome: Outcome, signal: AbortSignal): Promise<void> {
    const key = appliedKey(this.#deps.node, value.kind, value.name);
    const detail: Record<string, string> = outcome.ok ? {} : { refusal: outcome.refusal };
    const text = appliedRecord.encode({ epoch, ok: outcome.ok, detail });
    if (!this.#applied.has(key)) {
      const { entry } = await this.#deps.store.get(key, signal);
      if (entry !== undefined) this.#applied.set(key, entry.value);
    }
    if (this.#applied.get(key) === text) return;
    await this.#deps.store.transact([], [{ kind: 'put', key, value: text }], signal);
    this.#applied.set(key, text);
  }
}

/** A route by the files of the nodes is theirs, and so is what is said about it. */
function isForProxy(value: Desired, node: string): boolean {
  if (value.kind === 'identity') return value.backend !== null;
  return value.kind !== 'vip' || value.wanted.nodes.includes(node);
}

/** @returns a sentence when something is not known yet that VRRP needs */
function wantedAddress({ name, unfit, wanted }: DesiredVip, node: string): WantedAddress | string {
  const missing = wanted.nodes.filter((each) => wanted.peers[each] === undefined);
  const source = wanted.peers[node];
  if (missing.length > 0 || source === undefined)
    return `${missing.join(', ')} has never registered, so its address is not known`;
  return {
    name,
    address: wanted.address,
    interface: wanted.interface,
    virtualRouterId: wanted.virtualRouterId,
    advertIntervalMs: wanted.advertIntervalMs,
    priority: priorityOf(wanted.nodes.indexOf(node)),
    unicastSource: source,
    unicastPeers: wanted.nodes.filter((each) => each !== node).map((each) => wanted.peers[each] ?? ''),
    unfit: unfit.includes(node),
  };
}

/** @param rank - 0 for the preferred node */
function priorityOf(rank: number): number {
  return rank === 0 ? PRIORITY_PREFERRED : Math.max(1, PRIORITY_OTHERS - PRIORITY_STEP * rank);
}

function applied({ value, epoch, policyRevision }: StoredDesired, outcome: Outcome): NewEvent {
  return {
    name: value.kind === 'vip' ? 'vip:configuration:applied' : 'route:backend:applied',
    subject: value.name,
    message: outcome.detail,
    cause: value.kind === 'database' ? `${value.primary} by term ${value.term}` : `decision of epoch ${epoch}`,
    policyRevision,
    epoch,
  };
}

function refused({ value, epoch, policyRevision }: StoredDesired, outcome: Outcome & { ok: false }): NewEvent {
  const refusal = outcome.refusal === 'Failed' ? 'PreconditionUnmet' : outcome.refusal;
  return {
    name: refusal === 'NotGranted' ? 'agent:grant:refused' : 'route:backend:refused',
    subject: value.name,
    message: outcome.detail,
    cause: `decision of epoch ${epoch}`,
    refusal,
    policyRevision,
    epoch,
  };
}
