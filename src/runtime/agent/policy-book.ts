/**
 * The policies in force, as the accepted texts of a store say them. A text is parsed once per revision. One that was
 * accepted by another version of regent and cannot be read by this one is reported and not acted upon; its name stays
 * known, so that nobody takes its policy for gone.
 */
import type { Accepted, DatabaseFailover, Policy } from '../../core/policy.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { parseKey } from '../../store/keys.ts';
import { acceptedRecord } from '../../store/schema.ts';
import type { Entry } from '../../store/store.ts';
import type { StoreView } from '../duty/store-view.ts';

interface Parsed {
  readonly name: string;
  readonly modRevision: bigint;
  readonly accepted: Accepted | undefined;
}

export class PolicyBook {
  readonly #view: Pick<StoreView, 'entries'>;
  readonly #onProblem: (detail: string) => void;
  #parsed = new Map<string, Parsed>();

  constructor(view: Pick<StoreView, 'entries'>, onProblem: (detail: string) => void) {
    this.#view = view;
    this.#onProblem = onProblem;
  }

  /** All policies in force, in the order of their names. */
  all(): readonly Accepted[] {
    return this.#read()
      .map((each) => each.accepted)
      .filter((each) => each !== undefined);
  }

  /** Names of policies in force that this version cannot read. */
  unreadable(): readonly string[] {
    return this.#read()
      .filter((each) => each.accepted === undefined)
      .map((each) => each.name);
  }

  ofKind<K extends Policy['kind']>(kind: K): readonly Accepted<Extract<Policy, { kind: K }>>[] {
    return this.all().filter((each): each is Accepted<Extract<Policy, { kind: K }>> => each.policy.kind === kind);
  }

  database(name: string): Accepted<DatabaseFailover> | undefined {
    return this.ofKind('DatabaseFailover').find((each) => each.policy.name === name);
  }

  /** True if nothing of this name is in force, readable or not. */
  isGone(name: string): boolean {
    return !this.#read().some((each) => each.name === name);
  }

  #read(): readonly Parsed[] {
    const parsed = new Map<string, Parsed>();
    for (const entry of this.#view.entries()) {
      const key = parseKey(entry.key);
      if (key?.name !== 'accepted') continue;
      const known = this.#parsed.get(entry.key);
      const isSame = known?.modRevision === entry.modRevision;
      parsed.set(entry.key, isSame ? known : this.#parse(key.parts.name ?? '', entry));
    }
    this.#parsed = parsed;
    return [...parsed.values()];
  }

  #parse(name: string, { key, value, modRevision }: Entry): Parsed {
    const record = acceptedRecord.read(key, value);
    if (!record.ok) {
      this.#onProblem(record.problem.message);
      return { name, modRevision, accepted: undefined };
    }
    const parsed = parsePolicy(record.value.text);
    const { revision, isRetired } = record.value;
    if (parsed.ok) {
      const policy: Policy = isRetired ? { ...parsed.policy, mode: 'observe' } : parsed.policy;
      return { name, modRevision, accepted: { policy, revision } };
    }
    this.#onProblem(
      `${key}: this version of regent cannot read a policy in force: ${parsed.problems[0]?.message ?? ''}`,
    );
    return { name, modRevision, accepted: undefined };
  }
}
