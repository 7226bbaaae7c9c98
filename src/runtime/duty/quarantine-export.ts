/**
 * Sees to it that what only a quarantined server has is exported to files, once, and tells what it means. It has a loop
 * of its own: reading logs takes its time, and neither closing nor a ballot may wait for it.
 */
import type { Errant } from '../../core/database/gtid.ts';
import { formatGtid } from '../../core/database/gtid.ts';
import { accessConsequences, type TouchedTable } from '../../core/database/identity-meaning.ts';
import { errantInQuarantine, promotedAs } from '../../core/database/member-replica.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';

/** What is in a file of exported transactions. */
export interface Exported {
  readonly file: string;
  readonly bytes: number;
  readonly transactions: number;
  readonly schemaChanges: number;
  /** The first of them, in the order of the log. */
  readonly gtids: readonly string[];
  readonly tables: readonly TouchedTable[];
  /** Why the file is not the whole range; empty if it is. */
  readonly incomplete: string;
}

export interface TransactionExport {
  /** @returns undefined if this range was not exported yet */
  find(range: Errant): Promise<Exported | undefined>;
  run(range: Errant, wallMs: number, signal: AbortSignal): Promise<Exported>;
}

export interface QuarantineExportDeps {
  /** What the member's duty saw last. */
  readonly seen: () => MemberSnapshot | undefined;
  readonly exports: TransactionExport;
  readonly record: (event: NewEvent) => void;
  readonly wallMs: () => number;
}

export class QuarantineExport {
  readonly #deps: QuarantineExportDeps;
  /** Ranges that are exported, as far as this process knows. */
  readonly #known = new Set<string>();
  #failure = '';

  constructor(deps: QuarantineExportDeps) {
    this.#deps = deps;
  }

  /** False while something that only this server has is not in a file yet. */
  get isComplete(): boolean {
    const seen = this.#deps.seen();
    if (seen === undefined || seen.notes.quarantinedAt === undefined) return true;
    const ranges = errantInQuarantine(seen);
    return ranges.length > 0 && ranges.every((range) => this.#known.has(keyOf(range)));
  }

  /** One round: exports what is missing. A failure is told once and tried again in the next round. */
  async tick(signal: AbortSignal): Promise<undefined> {
    const seen = this.#deps.seen();
    if (seen === undefined) return;
    for (const range of errantInQuarantine(seen)) {
      if (this.#known.has(keyOf(range))) continue;
      try {
        await this.#export(range, seen, signal);
      } catch (error) {
        this.#failed(range, seen, error);
        return;
      }
    }
    this.#failure = '';
  }

  async #export(range: Errant, seen: MemberSnapshot, signal: AbortSignal): Promise<void> {
    const { exports, record, wallMs } = this.#deps;
    if ((await exports.find(range)) === undefined) {
      record(exportedEvent(seen, range, await exports.run(range, wallMs(), signal)));
    }
    this.#known.add(keyOf(range));
  }

  #failed(range: Errant, seen: MemberSnapshot, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#failure) return;
    this.#failure = message;
    this.#deps.record({
      ...about(seen),
      name: 'database:export:failed',
      message: `${seen.node} could not export ${formatGtid(range)} (after ${range.knownSeq}): ${message}; it is tried again`,
      cause: error instanceof Error ? error.name : 'unknown',
    });
  }
}

function exportedEvent(seen: MemberSnapshot, range: Errant, exported: Exported): NewEvent {
  const { file, bytes, transactions, schemaChanges, gtids, tables, incomplete } = exported;
  const touched = tables.map(
    ({ table, inserted, updated, deleted }) => `${table}: ${inserted} inserted, ${updated} updated, ${deleted} deleted`,
  );
  const consequences = accessConsequences(tables);
  const means =
    consequences.length === 0
      ? 'no table that says who may do what is touched'
      : `in the primary's data they never happened: ${consequences.join('; ')}. Look at them, do again what is still meant, and revoke tokens that were issued meanwhile`;
  const promotion = seen.state?.promotions[0];
  return {
    ...about(seen),
    name: 'database:member:exported',
    message:
      `${transactions} transactions that only ${seen.node} has (${formatGtid(range)}, after ${range.knownSeq}) are in ` +
      `${seen.node}:${file}${incomplete === '' ? '' : ` (not all of them: ${incomplete})`}; ${means}`,
    cause: promotion === undefined ? 'quarantined' : promotedAs(promotion),
    facts: {
      file,
      bytes,
      transactions,
      schemaChanges,
      gtids,
      tables: touched,
      accessMayReappear: consequences,
      promotedTerm: String(promotion?.term ?? ''),
    },
  };
}

const keyOf = (range: Errant): string => `${formatGtid(range)} after ${range.knownSeq}`;

function about({ policy, state }: MemberSnapshot) {
  const epoch = state === undefined ? {} : { epoch: state.term };
  return { subject: policy.policy.name, policyRevision: policy.revision, ...epoch };
}
