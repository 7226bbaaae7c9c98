/**
 * Reads what the global store says about one database out of a mirror. A value that cannot be read is never guessed
 * at: the whole view is then `malformed`, and its readers do nothing but close what has lost its right.
 */
import type { DatabaseOrder } from '../../core/database/order.ts';
import type { RebuildOrder } from '../../core/database/rebuild-order.ts';
import type { DatabaseState, MemberRecord, PrimaryKey } from '../../core/database/state.ts';
import {
  databaseOrderRecord,
  databaseStateRecord,
  memberRecord,
  primaryKeyRecord,
  rebuildRecord,
} from '../../store/database-records.ts';
import type { Malformed } from '../../store/errors.ts';
import { databaseStateKey, parseKey } from '../../store/keys.ts';
import type { Decoded } from '../../store/record.ts';
import type { RecordOf } from '../../store/schema.ts';
import type { Entry } from '../../store/store.ts';

export interface DatabaseView {
  readonly state: DatabaseState | undefined;
  /** 0n while there is no state. */
  readonly stateRevision: bigint;
  readonly primary: PrimaryKey | undefined;
  /** 0n while there is no primary key. */
  readonly primaryCreateRevision: bigint;
  readonly primaryRevision: bigint;
  readonly members: readonly MemberRecord[];
  /** An operator's order. One that cannot be read is none, because it must not stand in the way of a ballot. */
  readonly order: DatabaseOrder | undefined;
  /** 0n while none stands. */
  readonly orderRevision: bigint;
  readonly malformedOrder: Malformed | undefined;
  /** Orders that can be read; one that cannot is nobody's to carry out, and stands in nobody's way. */
  readonly rebuilds: readonly { readonly order: RebuildOrder; readonly revision: bigint }[];
  readonly malformed: Malformed | undefined;
}

const RECORDS = {
  databaseState: databaseStateRecord,
  databasePrimary: primaryKeyRecord,
  databaseOrder: databaseOrderRecord,
  databaseMember: memberRecord,
  databaseRebuild: rebuildRecord,
} as const;

type RecordName = keyof typeof RECORDS;

/** One entry, read as what its key says it is. */
type Part = {
  [Name in RecordName]: {
    readonly name: Name;
    readonly database: string;
    readonly read: Decoded<RecordOf<(typeof RECORDS)[Name]>>;
  };
}[RecordName];

/** An entry never changes, and every tick looks at all of them: each is read once. */
const parts = new WeakMap<Entry, Part | 'another'>();
/** By key, what was read last: an agent has several mirrors of the same keys, and each brings entries of its own. */
const latest = new Map<string, { readonly value: string; readonly part: Part | 'another' }>();

/** @param entries - the entries of the mirror; those of other databases are passed over */
export function readDatabase(database: string, entries: Iterable<Entry>): DatabaseView {
  let state: DatabaseState | undefined;
  let primary: PrimaryKey | undefined;
  let malformed: Malformed | undefined;
  let order: Decoded<DatabaseOrder> | undefined;
  const revisions = { state: 0n, primaryCreate: 0n, primary: 0n, order: 0n };
  const members: MemberRecord[] = [];
  const rebuilds: DatabaseView['rebuilds'][number][] = [];
  for (const entry of entries) {
    const part = partOf(entry);
    if (part === 'another' || part.database !== database) continue;
    const { name, read } = part;
    if (!read.ok && name !== 'databaseOrder' && name !== 'databaseRebuild') malformed = read.problem;
    if (name === 'databaseState') {
      revisions.state = entry.modRevision;
      if (read.ok) state = read.value;
    } else if (name === 'databasePrimary') {
      revisions.primaryCreate = entry.createRevision;
      revisions.primary = entry.modRevision;
      if (read.ok) primary = read.value;
    } else if (name === 'databaseOrder') {
      order = read;
      revisions.order = entry.modRevision;
    } else if (name === 'databaseMember') {
      if (read.ok) members.push(read.value);
    } else if (read.ok) rebuilds.push({ order: read.value, revision: entry.modRevision });
  }
  return {
    state,
    stateRevision: revisions.state,
    primary,
    primaryCreateRevision: revisions.primaryCreate,
    primaryRevision: revisions.primary,
    members,
    order: order?.ok === true ? order.value : undefined,
    orderRevision: revisions.order,
    malformedOrder: order?.ok === false ? order.problem : undefined,
    rebuilds,
    malformed,
  };
}

/** @returns the state among the entries of the mirror; undefined if there is none, or none that can be read */
export function findState(database: string, entries: Iterable<Entry>): DatabaseState | undefined {
  const path = databaseStateKey(database);
  for (const entry of entries) {
    if (entry.key !== path) continue;
    const read = readState(entry);
    return read.ok ? read.value : undefined;
  }
  return undefined;
}

/** @returns the state that this entry of `databaseStateKey` holds */
export function readState(entry: Entry): Decoded<DatabaseState> {
  const part = partOf(entry);
  if (part === 'another' || part.name !== 'databaseState') throw new Error(`${entry.key} is no database's state`);
  return part.read;
}

function partOf(entry: Entry): Part | 'another' {
  const known = parts.get(entry);
  if (known !== undefined) return known;
  const { key, value } = entry;
  const last = latest.get(key);
  const part = last?.value === value ? last.part : readEntry(entry);
  if (part !== last?.part) latest.set(key, { value, part });
  parts.set(entry, part);
  return part;
}

function readEntry({ key, value }: Entry): Part | 'another' {
  const found = parseKey(key);
  if (found === undefined || !isRecordName(found.name)) return 'another';
  const {
    name,
    parts: { database },
  } = found;
  return { name, database, read: RECORDS[name].read(key, value) } as Part;
}

const isRecordName = (name: string): name is RecordName => name in RECORDS;
