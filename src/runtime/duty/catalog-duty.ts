/**
 * The work of the node that keeps the endpoint catalogue: look, let the core work out the difference, change one row, look
 * again. Before each change it makes sure that it still is the keeper: its own lease lasts for longer than a write may take,
 * and the leader's decision, read from the store just then, is the one that it goes by. A row is written once in a round: what
 * is changed back at once belongs to another tool, and is told instead of fought over.
 */
import { type CatalogApi, CatalogError } from '../../actuator/catalog-api.ts';
import { keptBy } from '../../core/catalog/keeper.ts';
import { type CatalogChange, type Reconciliation, reconcile } from '../../core/catalog/reconcile.ts';
import {
  type CatalogCause,
  catalogObservation,
  catalogRefusal,
  changedEvent,
  driftEvent,
  obstacleText,
} from '../../core/catalog/words.ts';
import type { Clock } from '../../core/clock.ts';
import type { DesiredCatalog } from '../../core/desired.ts';
import type { NewEvent } from '../../core/event.ts';
import { type Observation, saysTheSame } from '../../core/observation.ts';
import { elapsedMs, type Instant } from '../../core/time.ts';
import { desiredKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { readRegion, type StoredDesired } from './region-view.ts';
import type { StoreView } from './store-view.ts';

export interface CatalogDutyDeps {
  readonly node: string;
  readonly store: Pick<Store, 'get'>;
  readonly view: Pick<StoreView, 'entries' | 'awayForMs'>;
  readonly catalog: CatalogApi;
  /** For how long the own presence may still be relied on, in ms; another keeper is named when it is gone. */
  readonly leaseRemainingMs: () => number;
  /** A write ends within this time, in ms, or counts as not done. */
  readonly writeWithinMs: number;
  /** Undefined: this node does not keep that catalogue any more. */
  readonly observe: (probe: string, observation: Observation | undefined) => void;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
}

interface Looked {
  readonly modRevision: bigint;
  readonly at: Instant;
  readonly observation: Observation;
}

/** A decision of the leader that names this node. */
type Kept = StoredDesired & { readonly value: DesiredCatalog };

export class CatalogDuty {
  readonly #deps: CatalogDutyDeps;
  readonly #looked = new Map<string, Looked>();
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(deps: CatalogDutyDeps) {
    this.#deps = deps;
  }

  /** @returns in how many ms the next look is due; undefined while this node keeps nothing */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { view, node } = this.#deps;
    if (view.awayForMs() > 0) return undefined;
    const { desired } = readRegion(view.entries());
    const values = new Set<unknown>(
      keptBy(
        node,
        desired.map(({ value }) => value),
      ),
    );
    const kept = desired.filter((each): each is Kept => values.has(each.value));
    this.#letGo(kept);
    const waits: number[] = [];
    for (const each of kept) waits.push(await this.#keep(each, signal));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #letGo(kept: readonly Kept[]): void {
    for (const name of this.#looked.keys()) {
      if (kept.some(({ value }) => value.name === name)) continue;
      this.#looked.delete(name);
      this.#told.delete(name);
      this.#deps.observe(probeOf(name), undefined);
    }
  }

  async #keep(kept: Kept, signal: AbortSignal): Promise<number> {
    const { clock, observe } = this.#deps;
    const { name, everyMs } = kept.value;
    const last = this.#looked.get(name);
    const restMs = last === undefined ? 0 : everyMs - elapsedMs(last.at, clock.nowMs());
    if (last?.modRevision === kept.modRevision && restMs > 0) return restMs;
    const observation = await this.#round(kept, signal);
    // An idle system writes nothing: what says the same to the last word is not said again.
    const isNews = !saysTheSame(last?.observation, observation) || last?.observation.detail !== observation.detail;
    if (isNews) observe(probeOf(name), observation);
    this.#looked.set(name, { modRevision: kept.modRevision, at: clock.nowMs(), observation });
    return everyMs;
  }

  async #round(kept: Kept, signal: AbortSignal): Promise<Observation> {
    const { catalog } = this.#deps;
    const { rows, prune, withheld } = kept.value;
    const written = new Set<string>();
    try {
      for (;;) {
        const found = reconcile(rows, await catalog.read(signal), { prune });
        const change = found.changes.find((each) => !written.has(targetOf(each)));
        if (change === undefined && found.changes.length > 0) return this.#leave(kept, found, CONTESTED);
        if (change === undefined || withheld !== null) return this.#leave(kept, found, withheld ?? undefined);
        const lost = await this.#whyNot(kept, signal);
        if (lost !== undefined) return this.#leave(kept, found, lost);
        written.add(targetOf(change));
        await this.#write(kept, change, signal);
      }
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      return this.#failed(kept, error);
    }
  }

  /** @returns a sentence if this node may not write now */
  async #whyNot({ value, modRevision }: Kept, signal: AbortSignal): Promise<string | undefined> {
    const { store, leaseRemainingMs, writeWithinMs } = this.#deps;
    const { entry } = await store.get(desiredKey('catalog', value.name), signal);
    if (entry?.modRevision !== modRevision) return 'the leader has decided anew';
    // Last, because asking the store takes its time.
    return leaseRemainingMs() > writeWithinMs ? undefined : "this node's own lease is not sure";
  }

  async #write(kept: Kept, change: CatalogChange, signal: AbortSignal): Promise<void> {
    const { catalog, record } = this.#deps;
    try {
      await applied(catalog, change, signal);
    } catch (error) {
      // Somebody else was there first: the next look says what is there now.
      if (error instanceof CatalogError && error.code === 'Gone') return;
      throw error;
    }
    record(changedEvent(change, causeOf(kept)));
  }

  /** Nothing more is done in this round. @param why the differences that are left are left */
  #leave(kept: Kept, found: Reconciliation, why: string | undefined): Observation {
    const cause = causeOf(kept);
    const drift = found.changes.length === 0 || why === undefined ? [] : [why];
    this.#tell(kept, [
      ...drift.map((each) => driftEvent(found.changes, each, cause)),
      ...found.obstacles.map((each) => catalogRefusal(obstacleText(each), 'PreconditionUnmet', cause)),
    ]);
    return catalogObservation(found, why);
  }

  #failed(kept: Kept, { code, message }: CatalogError): Observation {
    const told = `Catalog${code}: ${message}`;
    const isOurs = code === 'NotGranted';
    const refusal = catalogRefusal(told, isOurs ? 'NotGranted' : 'PreconditionUnmet', causeOf(kept));
    this.#tell(kept, [isOurs ? { ...refusal, name: 'agent:grant:refused' } : refusal]);
    return { health: code === 'Unavailable' ? 'unknown' : 'degraded', detail: told, facts: {} };
  }

  /** When it begins, and again when it begins again or is about something else. */
  #tell({ value: { name } }: Kept, events: readonly NewEvent[]): void {
    const before = this.#told.get(name) ?? new Set();
    for (const event of events) if (!before.has(event.message)) this.#deps.record(event);
    this.#told.set(name, new Set(events.map(({ message }) => message)));
  }
}

const CONTESTED = 'written, and changed back at once: another tool writes the same row';

const probeOf = (name: string): string => `catalog-${name}`;

const causeOf = ({ value, epoch, policyRevision }: Kept): CatalogCause => ({
  policy: value.name,
  policyRevision,
  epoch,
});

/** What a change is about, whatever it does to it. */
function targetOf(change: CatalogChange): string {
  switch (change.kind) {
    case 'create-region':
      return `region ${change.region}`;
    case 'create':
    case 'update': {
      const { type, name, interface: of, region } = change.row;
      return JSON.stringify([type, name, of, region]);
    }
    case 'delete':
      return change.endpoint.id;
  }
}

async function applied(catalog: CatalogApi, change: CatalogChange, signal: AbortSignal): Promise<void> {
  switch (change.kind) {
    case 'create-region':
      return catalog.createRegion(change.region, signal);
    case 'create': {
      const { row, serviceId } = change;
      const { interface: of, region, url } = row;
      await catalog.createEndpoint({ serviceId, interface: of, region, url }, signal);
      return;
    }
    case 'update':
      return catalog.updateEndpoint(change.endpoint.id, change.row.url, signal);
    case 'delete':
      return catalog.deleteEndpoint(change.endpoint.id, signal);
  }
}
