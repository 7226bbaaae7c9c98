/**
 * The work of whoever watches over a store's policies (the region's leader, the arbiter for the global store): judge
 * the texts that operators have put, by regentctl or by hand, and write down the verdicts, guarded by the own election.
 * What is in force changes only here.
 */
import type { NewEvent } from '../../core/event.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import { type Admission, type AdmissionInput, admissionEvents, admit, type PolicyText } from '../../policy/admit.ts';
import { readInForce } from '../../policy/in-force.ts';
import { ASSUMED_TIMING, type KnownNode, type PolicyWorld } from '../../policy/world.ts';
import { acceptedKey, type KeyName, parseKey, policyKey, rejectedKey } from '../../store/keys.ts';
import { acceptedRecord, nodeRecord, rejectedRecord } from '../../store/schema.ts';
import type { Compare, Entry, Operation, Store } from '../../store/store.ts';
import type { Leadership } from './arbiter-duty.ts';
import type { StoreView } from './store-view.ts';

export interface PolicyDutyDeps {
  readonly store: Store;
  /** Policies, accepted, rejected, nodes and, in the global store, regions. */
  readonly view: Pick<StoreView, 'entries' | 'awayForMs'>;
  readonly leadership: Leadership;
  readonly scope: PolicyWorld['store'];
  /** Undefined for the global store. */
  readonly region: string | undefined;
  /** The databases' policies in force in the global store; undefined while it is out of reach. */
  readonly databases: () => readonly DatabaseFailover[] | undefined;
  /** Somebody has the right of this database's primary, and lets go of it by the policy. */
  readonly isManaged: (database: string) => boolean;
  /** How many sites the members of the global store are in. */
  readonly globalStoreSites: number;
  readonly record: (event: NewEvent) => void;
}

interface Accepted extends PolicyText {
  readonly isRetired: boolean;
}

interface Found {
  readonly input: AdmissionInput;
  readonly revisions: ReadonlyMap<string, bigint>;
  /** Policies of databases under `accepted/`. */
  readonly databases: ReadonlyMap<string, Accepted>;
}

/** What a verdict depends on. */
const JUDGED: ReadonlySet<KeyName> = new Set(['policy', 'accepted', 'rejected', 'node', 'region']);

/** etcd takes 128 operations in a transaction by default; a verdict takes two at most. */
const VERDICTS_MAX = 60;

export class PolicyDuty {
  readonly #deps: PolicyDutyDeps;
  /** A policy that is gone is kept in force until its primary is let go. */
  #isKeeping = false;

  constructor(deps: PolicyDutyDeps) {
    this.#deps = deps;
  }

  /**
   * False if nothing that changed can change a verdict: reading all policies again costs what a ballot needs just then.
   * @param keys - as a mirror tells what changed
   */
  wants(keys: readonly string[] | undefined): boolean {
    const names = keys?.map((key) => parseKey(key)?.name);
    if (names === undefined) return true;
    return names.some(
      (name) => name !== undefined && (JUDGED.has(name) || (this.#isKeeping && name === 'databasePrimary')),
    );
  }

  /** @returns 0 if there is more to judge, undefined if only a change matters */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, view } = this.#deps;
    const epoch = leadership.epoch();
    if (epoch === undefined || view.awayForMs() > 0) return undefined;
    const found = this.#read();
    const judged = admit(found.input);
    // With its policy gone, an agent that starts now would know of nothing that it has to let go.
    const kept = judged.remove.filter((name) => found.databases.has(name) && this.#deps.isManaged(name));
    this.#isKeeping = kept.length > 0;
    const admission = firstOf({ ...judged, remove: judged.remove.filter((name) => !kept.includes(name)) });
    const retired = kept.flatMap((name) => found.databases.get(name) ?? []).filter(({ isRetired }) => !isRetired);
    const operations = [...operationsOf(admission), ...retired.map(retirementOf)];
    if (operations.length === 0) return undefined;
    const touched = [...admission.accept, ...retired];
    const gone = [...admission.remove, ...retired.map(({ name }) => name)];
    const guards = [leadership.guard(epoch), ...unchanged({ ...admission, remove: gone }, touched, found.revisions)];
    const { committed } = await this.#deps.store.transact(guards, operations, signal);
    if (committed) for (const event of admissionEvents(admission)) this.#deps.record(event);
    return 0;
  }

  #read(): Found {
    const texts: PolicyText[] = [];
    const accepted: Accepted[] = [];
    const unreadable: string[] = [];
    const refused: AdmissionInput['refused'][number][] = [];
    const nodes: KnownNode[] = [];
    const regions = new Set<string>();
    const revisions = new Map<string, bigint>();
    for (const entry of this.#deps.view.entries()) {
      const key = parseKey(entry.key);
      const name = key?.parts.name ?? '';
      revisions.set(entry.key, entry.modRevision);
      if (key?.name === 'policy') texts.push({ name, text: entry.value, revision: entry.modRevision });
      else if (key?.name === 'accepted') {
        const text = acceptedText(name, entry);
        accepted.push(...text);
        if (text.length === 0) unreadable.push(name);
      } else if (key?.name === 'rejected') refused.push(...refusal(name, entry));
      else if (key?.name === 'region') regions.add(key.parts.region ?? '');
      else if (key?.name === 'node') {
        const node = knownNode(key.parts.node ?? '', entry);
        nodes.push(...node);
        for (const { region } of node) regions.add(region);
      }
    }
    const { scope, region, databases, globalStoreSites } = this.#deps;
    const world: PolicyWorld = {
      store: scope,
      region,
      nodes,
      regions: scope === 'regional' ? undefined : [...regions],
      databases: databases(),
      globalStoreSites,
      timing: ASSUMED_TIMING,
    };
    const read = readInForce(accepted);
    unreadable.push(...read.unreadable.map((each) => each.name));
    const isDatabase = new Set(read.inForce.filter(({ policy }) => policy.kind === 'DatabaseFailover').map(nameOf));
    return {
      input: { texts, inForce: read.inForce, refused, unreadable, world },
      revisions,
      databases: new Map(accepted.filter(({ name }) => isDatabase.has(name)).map((each) => [each.name, each])),
    };
  }
}

/** What is left over is judged again by the next tick. */
function firstOf({ accept, reject, remove }: Admission): Admission {
  const room = Math.max(0, VERDICTS_MAX - accept.length);
  return {
    accept: accept.slice(0, VERDICTS_MAX),
    reject: reject.slice(0, room),
    remove: remove.slice(0, Math.max(0, room - reject.length)),
  };
}

/** The texts that were judged, and the verdicts that are replaced, must still be the same. */
function unchanged(
  { accept, reject, remove }: Admission,
  touched: readonly { readonly name: string }[],
  revisions: ReadonlyMap<string, bigint>,
): readonly Compare[] {
  const texts = [...accept, ...reject].map(({ name, revision }) => ({ name, revision }));
  return [
    ...texts.map(({ name, revision }) => ({ key: policyKey(name), target: 'mod' as const, equals: revision })),
    ...remove.map((name) => ({ key: policyKey(name), target: 'mod' as const, equals: 0n })),
    ...touched.map(({ name }) => ({
      key: acceptedKey(name),
      target: 'mod' as const,
      equals: revisions.get(acceptedKey(name)) ?? 0n,
    })),
  ];
}

function operationsOf({ accept, reject, remove }: Admission): readonly Operation[] {
  return [
    ...accept.flatMap(({ name, text, revision }): Operation[] => [
      { kind: 'put', key: acceptedKey(name), value: acceptedRecord.encode({ text, revision, isRetired: false }) },
      { kind: 'delete', key: rejectedKey(name) },
    ]),
    ...reject.map(({ name, revision, problems }): Operation => {
      const value = rejectedRecord.encode({ revision, problems: problems.map((each) => ({ ...each })) });
      return { kind: 'put', key: rejectedKey(name), value };
    }),
    ...remove.flatMap((name): Operation[] => [
      { kind: 'delete', key: acceptedKey(name) },
      { kind: 'delete', key: rejectedKey(name) },
    ]),
  ];
}

/** A verdict that cannot be read is as good as none: the text is judged again. */
function acceptedText(name: string, { key, value }: Entry): readonly Accepted[] {
  const read = acceptedRecord.read(key, value);
  if (!read.ok) return [];
  const { text, revision, isRetired } = read.value;
  return [{ name, text, revision, isRetired }];
}

function retirementOf({ name, text, revision }: Accepted): Operation {
  return { kind: 'put', key: acceptedKey(name), value: acceptedRecord.encode({ text, revision, isRetired: true }) };
}

const nameOf = ({ name }: { readonly name: string }): string => name;

function refusal(name: string, { key, value }: Entry): readonly AdmissionInput['refused'][number][] {
  const read = rejectedRecord.read(key, value);
  return read.ok ? [{ name, revision: read.value.revision, problems: read.value.problems }] : [];
}

function knownNode(node: string, { key, value }: Entry): readonly KnownNode[] {
  const read = nodeRecord.read(key, value);
  if (!read.ok) return [];
  const { region, roles, addresses } = read.value;
  return [{ node, region, roles, addresses }];
}
