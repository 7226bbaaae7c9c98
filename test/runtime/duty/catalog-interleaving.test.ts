/**
 * Two agents that may keep one catalogue, a leader that names now one and now the other, a store that they see late, leases that
 * run out, a database that closes, a deployment tool with the bug of matching without the region, and one that writes rows of its
 * own regions: whatever the order, nobody writes who is not named, nobody's rows are touched, and when all is quiet the
 * declared rows are there. Bugs are planted in what the duty relies on, and each must be found.
 */
import test from 'ava';
import fc from 'fast-check';
import { declaredRows } from '../../../src/core/catalog/rows.ts';
import type { DesiredCatalog } from '../../../src/core/desired.ts';
import { grantsOf } from '../../../src/core/grants.ts';
import { CatalogDuty } from '../../../src/runtime/duty/catalog-duty.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { desiredKey } from '../../../src/store/keys.ts';
import { desiredRecord } from '../../../src/store/schema.ts';
import type { Store } from '../../../src/store/store.ts';
import { catalog, catalogPolicy, endpoint } from '../../core/catalog/a-catalog.ts';
import { CatalogRows, MemoryCatalog } from '../../fakes/memory-catalog.ts';
import { AStore, AView, never } from './a-store.ts';

const GRANTED = grantsOf({ files: [], units: [], addresses: [], catalog: true, haproxy: null });
const KEY = desiredKey('catalog', 'catalog');
const NODES = ['a', 'b'] as const;
const WRITE_WITHIN_MS = 4_000;

const wanted: DesiredCatalog = {
  kind: 'catalog',
  name: 'catalog',
  keeper: null,
  withheld: null,
  everyMs: 60_000,
  prune: false,
  rows: [],
};

type Node = (typeof NODES)[number];
type Bug = 'it believes what it saw of the store' | 'it does not ask for how long its lease lasts';

const aNode = fc.constantFrom(...NODES);
const often = <T>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 3 });
const aStep = fc.oneof(
  often(fc.record({ kind: fc.constant('name'), keeper: fc.constantFrom(...NODES, null) } as const)),
  often(fc.record({ kind: fc.constant('tick'), node: aNode } as const)),
  often(fc.record({ kind: fc.constant('freeze'), node: aNode, isFrozen: fc.boolean() } as const)),
  fc.record({ kind: fc.constant('lease'), node: aNode, ms: fc.constantFrom(0, 3_999, 8_000) } as const),
  fc.record({ kind: fc.constant('close'), isReadOnly: fc.boolean() } as const),
  // Its own region is west, and it takes the first row of a service and interface for its own.
  fc.record({ kind: fc.constant('deploy'), of: fc.constantFrom('public', 'internal', 'admin') } as const),
  fc.record({ kind: fc.constant('foreign'), url: fc.constantFrom('http://west/1', 'http://west/2') } as const),
);
type Step = typeof aStep extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly stored = new AStore();
  readonly rows = new CatalogRows();
  readonly problems: string[] = [];
  readonly #agents: Readonly<Record<Node, Agent>>;
  /** The URL of the other tool's own row, as it wrote it last. */
  #west = 'http://west/1';

  constructor(bug: Bug | undefined) {
    this.rows.services = [...catalog.services];
    this.rows.regions = ['north'];
    this.rows.endpoints = [endpoint({ id: 'west', region: 'west', url: this.#west })];
    this.#agents = { a: this.#agent('a', bug), b: this.#agent('b', bug) };
    this.want(null);
  }

  want(keeper: Node | null): void {
    const rows = keeper === null ? [] : declaredRows(catalogPolicy);
    const spec = encodeDesired({ ...wanted, keeper, rows });
    this.stored.put(KEY, desiredRecord.encode({ epoch: 4n, policyRevision: 9n, spec }));
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'name':
        return this.want(step.keeper);
      case 'tick':
        await this.stored.time.advance(wanted.everyMs);
        await this.#agents[step.node].duty.tick(never);
        return;
      case 'freeze':
        if (step.isFrozen) this.#agents[step.node].view.freeze();
        else this.#agents[step.node].view.thaw();
        return;
      case 'lease':
        this.#agents[step.node].lease.ms = step.ms;
        return;
      case 'close':
        this.rows.isReadOnly = step.isReadOnly;
        return;
      case 'deploy': {
        const found = this.rows.endpoints.find((each) => each.interface === step.of && each.region !== 'west');
        if (found !== undefined) this.rows.change(found.id, { url: 'http://west.example' });
        return;
      }
      case 'foreign':
        this.#west = step.url;
        this.rows.change('west', { url: this.#west });
    }
  }

  get isWestUntouched(): boolean {
    return this.rows.endpoints.find(({ id }) => id === 'west')?.url === this.#west;
  }

  get isAsDeclared(): boolean {
    const there = this.rows.endpoints.filter(({ region }) => region !== 'west').map(meaningOf);
    return there.sort().join() === catalog.endpoints.map(meaningOf).sort().join();
  }

  #agent(node: Node, bug: Bug | undefined): Agent {
    const view = new AView(this.stored);
    const lease = { ms: 8_000 };
    const fromView: Pick<Store, 'get'> = {
      get: async () => ({ entry: [...view.entries()].find(({ key }) => key === KEY), revision: view.revision }),
    };
    const duty = new CatalogDuty({
      node,
      store: bug === 'it believes what it saw of the store' ? fromView : this.stored.store,
      view,
      catalog: this.#watched(node, lease),
      leaseRemainingMs: () => (bug === 'it does not ask for how long its lease lasts' ? 8_000 : lease.ms),
      writeWithinMs: WRITE_WITHIN_MS,
      observe: () => {},
      record: () => {},
      clock: this.stored.time,
    });
    return { view, lease, duty };
  }

  /** At each write, whether this node may. */
  #watched(node: Node, lease: { readonly ms: number }): MemoryCatalog {
    const api = new MemoryCatalog(this.rows, GRANTED);
    const look = (): void => {
      const named = desiredRecord.decode(KEY, this.stored.entry(KEY)?.value ?? '').spec as { readonly keeper: string };
      if (named.keeper !== node) this.problems.push(`${node} writes and is not named`);
      if (lease.ms <= WRITE_WITHIN_MS) this.problems.push(`${node} writes and may be taken for gone`);
    };
    const watched =
      <A extends readonly unknown[], R>(write: (...asked: A) => R) =>
      (...asked: A): R => {
        look();
        return write(...asked);
      };
    api.createRegion = watched(api.createRegion.bind(api));
    api.createEndpoint = watched(api.createEndpoint.bind(api));
    api.updateEndpoint = watched(api.updateEndpoint.bind(api));
    api.deleteEndpoint = watched(api.deleteEndpoint.bind(api));
    return api;
  }
}

interface Agent {
  readonly view: AView;
  readonly lease: { ms: number };
  readonly duty: CatalogDuty;
}

/** @returns a sentence about the first promise that is broken */
async function broken(steps: readonly Step[], bug?: Bug): Promise<string | undefined> {
  const world = new World(bug);
  for (const step of steps) {
    await world.take(step);
    if (!world.isWestUntouched) return "another region's row was changed";
  }
  await world.take({ kind: 'close', isReadOnly: false });
  for (const node of NODES) {
    await world.take({ kind: 'freeze', node, isFrozen: false });
    await world.take({ kind: 'lease', node, ms: 8_000 });
  }
  world.want('a');
  await world.take({ kind: 'tick', node: 'b' });
  await world.take({ kind: 'tick', node: 'a' });
  return world.isAsDeclared ? world.problems[0] : 'the declared rows are not there';
}

const meaningOf = (each: (typeof catalog.endpoints)[number]): string =>
  `${each.serviceId} ${each.interface} ${each.region} ${each.url} ${each.isEnabled}`;

const aRun = fc.array(aStep, { minLength: 1, maxLength: 25 });

test('whatever the order, only the named keeper writes, no other region is touched, and the rows are reached', async (t) => {
  await fc.assert(
    fc.asyncProperty(aRun, async (steps) => (await broken(steps)) === undefined),
    { numRuns: 300 },
  );
  t.pass();
});

const bugs: readonly Bug[] = ['it believes what it saw of the store', 'it does not ask for how long its lease lasts'];
for (const bug of bugs) {
  test(`it is found when ${bug}`, async (t) => {
    const found = await fc.check(
      fc.asyncProperty(aRun, async (steps) => (await broken(steps, bug)) === undefined),
      { numRuns: 3_000, endOnFailure: true },
    );
    t.true(found.failed);
  });
}
