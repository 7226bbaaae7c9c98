/**
 * The work of a node that runs Keystone, for its key repositories: look at what is on the disk, go forward to the set that the
 * region's leader passes on, read it back and say so under the node's lease. Who does not get there says why. It writes nothing
 * while nothing changes, and nothing to the disk while the region's store is away.
 */
import { type IndexedKey, type KeyRepository, printsOf, type RepositoryLook } from '../../actuator/key-repository.ts';
import { type KeySeal, SealBroken } from '../../actuator/key-seal.ts';
import type { NewEvent } from '../../core/event.ts';
import { setText } from '../../core/keys/key-set.ts';
import type { KeyProblem, NodeKeys, SealedKey, WantedKeys } from '../../core/keys/key-state.ts';
import { planOf } from '../../core/keys/node-keys.ts';
import { nodeKeysRecord } from '../../store/key-records.ts';
import { keysNodeKey } from '../../store/keys.ts';
import { readKeys } from './keys-view.ts';
import type { LeasedKeys } from './leased-keys.ts';
import { RefusalLog } from './refusal-log.ts';
import type { StoreView } from './store-view.ts';

export interface KeysNodeDutyDeps {
  readonly node: string;
  /** The region's store, below `wanted-keys/`. */
  readonly view: StoreView;
  readonly presence: Pick<LeasedKeys, 'set' | 'remove'>;
  /** Undefined where agent.yaml names none. */
  readonly repository: (kind: WantedKeys['repository']) => KeyRepository | undefined;
  /** Undefined without a sealing key. */
  readonly seal: KeySeal | undefined;
  readonly record: (event: NewEvent) => void;
  /** Wall clock, for people. */
  readonly wallMs: () => number;
}

type Report = Omit<NodeKeys, 'since'>;
type Found = Extract<RepositoryLook, { ok: true }>;

/** What stays in mind of one policy. */
interface Known {
  /** The latest that was in place here. */
  generation: number;
  /** Sealing is random: what was handed in once is said again as it was. */
  offer: { readonly of: string; readonly keys: readonly SealedKey[] } | undefined;
}

export class KeysNodeDuty {
  readonly #deps: KeysNodeDutyDeps;
  readonly #known = new Map<string, Known>();
  readonly #reports = new Map<string, NodeKeys>();
  readonly #refusals: RefusalLog;

  constructor(deps: KeysNodeDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  /** By policy, as it was said last; for metrics. */
  standing(): Readonly<Record<string, { readonly generation: number; readonly isInPlace: boolean }>> {
    const all = [...this.#reports].map(([name, { generation, problem }]) => {
      return [name, { generation, isInPlace: problem === null && generation > 0 }] as const;
    });
    return Object.fromEntries(all);
  }

  async tick(signal: AbortSignal): Promise<undefined> {
    const { view, node, presence } = this.#deps;
    if (view.awayForMs() > 0) return undefined;
    const named = new Map<string, WantedKeys>();
    for (const [name, { wanted }] of readKeys(view.entries())) {
      if (wanted?.value.nodes.includes(node) === true) named.set(name, wanted.value);
    }
    for (const name of [...this.#known.keys()]) if (!named.has(name)) this.#forget(name);
    const refusals: NewEvent[] = [];
    for (const [name, wanted] of named) {
      const report = this.#dated(name, await this.#report(name, wanted, signal));
      this.#reports.set(name, report);
      if (report.problem !== null && report.problem !== 'Empty') refusals.push(refused(name, report));
      presence.set(keysNodeKey(name, node), nodeKeysRecord.encode(report), meaningOf);
    }
    this.#refusals.tell(refusals);
    return undefined;
  }

  #dated(name: string, report: Report): NodeKeys {
    const before = this.#reports.get(name);
    const said = before === undefined ? undefined : meaningOf(nodeKeysRecord.encode(before));
    const dated = { ...report, since: new Date(this.#deps.wallMs()).toISOString() };
    return before !== undefined && said === meaningOf(nodeKeysRecord.encode(dated))
      ? { ...report, since: before.since }
      : dated;
  }

  #forget(name: string): void {
    this.#known.delete(name);
    this.#reports.delete(name);
    this.#deps.presence.remove(keysNodeKey(name, this.#deps.node));
  }

  async #report(name: string, wanted: WantedKeys, signal: AbortSignal): Promise<Report> {
    const known = this.#known.get(name) ?? { generation: 0, offer: undefined };
    this.#known.set(name, known);
    const repository = this.#deps.repository(wanted.repository);
    const says = (found: NodeKeys['found'], problem: KeyProblem | null, detail: string): Report => ({
      generation: known.generation,
      found,
      problem,
      detail,
      offer: null,
    });
    if (repository === undefined)
      return says(null, 'NotConfigured', `agent.yaml does not say where its ${wanted.repository} keys are`);
    const look = await repository.look();
    if (!look.ok) return says(null, look.problem, look.detail);
    const found = printsOf(look.keys);
    if (!look.isGranted) return says(found, 'NotGranted', 'the grants of this node do not name its keys');
    const sealing = this.#sealingProblem(wanted);
    if (sealing !== undefined) return says(found, 'SealingKey', sealing);
    const plan = planOf({ found, isUnfinished: look.isUnfinished }, wanted, known.generation);
    switch (plan) {
      case 'confirm':
        known.generation = wanted.generation;
        return { ...says(found, null, ''), offer: this.#offer(name, wanted, known, look) };
      case 'apply':
      case 'fill':
        return this.#apply(name, wanted, repository, known, look, signal);
      case 'other': {
        const told = `it has the keys ${setText(found)}, and wanted are ${setText(wanted.keys)}`;
        return { ...says(found, 'OtherKeys', told), offer: this.#offer(name, wanted, known, look) };
      }
      default: {
        const offer = this.#offer(name, wanted, known, look);
        return { ...(found.length === 0 ? says(found, 'Empty', 'it has no keys') : says(found, null, '')), offer };
      }
    }
  }

  #sealingProblem({ sealedWith }: WantedKeys): string | undefined {
    const { seal } = this.#deps;
    if (seal === undefined) return 'agent.yaml names no keys.sealingKeyFile';
    if (sealedWith === '' || sealedWith === seal.id) return undefined;
    return `the keys in the store were sealed with ${sealedWith}, and this node's sealing key is ${seal.id}`;
  }

  async #apply(
    name: string,
    wanted: WantedKeys,
    repository: KeyRepository,
    known: Known,
    before: Found,
    signal: AbortSignal,
  ): Promise<Report> {
    const failed = (problem: KeyProblem, detail: string): Report => ({
      generation: known.generation,
      found: printsOf(before.keys),
      problem,
      detail,
      offer: null,
    });
    const keys = this.#opened(name, wanted);
    if (typeof keys === 'string') return failed('SealingKey', keys);
    const outcome = await repository.apply(keys, printsOf(before.keys), signal);
    if (!outcome.ok) return failed(outcome.refusal === 'NotGranted' ? 'NotGranted' : 'Failed', outcome.detail);
    const after = await repository.look();
    if (!after.ok) return failed(after.problem, after.detail);
    known.generation = wanted.generation;
    if (outcome.changed) this.#tellApplied(name, wanted);
    return { generation: known.generation, found: printsOf(after.keys), problem: null, detail: '', offer: null };
  }

  /** @returns a sentence if a key does not open, or is not the one that it is said to be */
  #opened(name: string, { keys, generation }: WantedKeys): readonly IndexedKey[] | string {
    const { seal } = this.#deps;
    if (seal === undefined) return 'agent.yaml names no keys.sealingKeyFile';
    const opened: IndexedKey[] = [];
    for (const { index, sealed, fingerprint } of keys) {
      try {
        const key = seal.open(sealed, { name, index, generation });
        if (key.fingerprint !== fingerprint) return `key ${index} of the store is not the one that it is said to be`;
        opened.push({ index, key });
      } catch (error) {
        if (error instanceof SealBroken) return error.message;
        throw error;
      }
    }
    return opened;
  }

  #offer(name: string, { asks }: WantedKeys, known: Known, { keys }: Found): readonly SealedKey[] | null {
    const { seal } = this.#deps;
    if (!asks || seal === undefined || keys.length === 0) return null;
    const of = setText(printsOf(keys));
    if (known.offer?.of !== of) {
      const sealed = keys.map(({ index, key }) => {
        const place = { name, index, generation: 0 };
        return { index, fingerprint: key.fingerprint, sealed: seal.seal(key, place) };
      });
      known.offer = { of, keys: sealed };
    }
    return known.offer.keys;
  }

  #tellApplied(name: string, { generation, keys }: WantedKeys): void {
    this.#deps.record({
      name: 'keys:set:applied',
      subject: name,
      message: `generation ${generation} is in place: ${setText(keys)}`,
      cause: 'the set in force',
    });
  }
}

function refused(name: string, { problem, detail }: Report): NewEvent {
  return {
    name: 'keys:set:refused',
    subject: name,
    message: detail,
    cause: problem ?? '',
    refusal: problem === 'NotGranted' ? 'NotGranted' : 'PreconditionUnmet',
  };
}

/** A process that holds the same keys as the one before it says nothing new. */
function meaningOf(report: string): string {
  const { offer, since: _, ...rest } = JSON.parse(report) as Pick<NodeKeys, 'offer' | 'since'>;
  return JSON.stringify({ ...rest, offer: offer?.map(({ sealed: __, ...print }) => print) ?? null });
}
