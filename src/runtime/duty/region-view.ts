/**
 * Reads a region's store out of a mirror, for its leader and its nodes. A single value that cannot be read is put
 * aside and reported; the others count, because one broken observation must not blind a region.
 */
import type { Desired } from '../../core/desired.ts';
import type { Hold } from '../../core/holds.ts';
import type { Observation } from '../../core/observation.ts';
import type { NodeReport, PresentNode, StandingIdentityOrder } from '../../core/region-snapshot.ts';
import { decodeDesired } from '../../store/desired-spec.ts';
import { Malformed } from '../../store/errors.ts';
import { identityOrderRecord } from '../../store/identity-records.ts';
import { type ParsedKey, parseKey } from '../../store/keys.ts';
import { decodeReport } from '../../store/node-report.ts';
import type { Decoded } from '../../store/record.ts';
import {
  type AppliedRecord,
  appliedRecord,
  desiredRecord,
  holdRecord,
  leaderRecord,
  nodeRecord,
  observationRecord,
} from '../../store/schema.ts';
import type { Entry } from '../../store/store.ts';

export interface StoredDesired {
  readonly value: Desired;
  readonly epoch: bigint;
  readonly policyRevision: bigint;
  readonly modRevision: bigint;
}

export interface RegionView {
  readonly nodes: readonly PresentNode[];
  readonly observations: readonly (Observation & { readonly node: string; readonly probe: string })[];
  readonly desired: readonly StoredDesired[];
  readonly holds: readonly Hold[];
  readonly identityOrders: readonly StoredOrder[];
  /** Of nodes that take part in a roll-out. */
  readonly reports: readonly StoredReport[];
  /** What an operator should change at a proxy, although it does as it is told. */
  readonly notices: readonly ProxyNotice[];
  readonly leader: string | undefined;
  readonly problems: readonly Malformed[];
}

export interface StoredOrder extends StandingIdentityOrder {
  readonly modRevision: bigint;
}

export interface StoredReport extends NodeReport {
  readonly modRevision: bigint;
}

export interface ProxyNotice {
  readonly node: string;
  readonly notice: string;
}

interface Draft {
  nodes: PresentNode[];
  observations: RegionView['observations'][number][];
  desired: StoredDesired[];
  holds: Hold[];
  identityOrders: StoredOrder[];
  reports: StoredReport[];
  notices: ProxyNotice[];
  leader: string | undefined;
  problems: Malformed[];
}

const emptyDraft = (): Draft => ({
  nodes: [],
  observations: [],
  desired: [],
  holds: [],
  identityOrders: [],
  reports: [],
  notices: [],
  leader: undefined,
  problems: [],
});

/** What one entry adds to the view of a region. */
type Addition = (draft: Draft) => void;

/** An entry never changes, and every tick looks at all of them: each is read once. */
const additions = new WeakMap<Entry, Addition>();

export function readRegion(entries: Iterable<Entry>): RegionView {
  const draft = emptyDraft();
  for (const entry of entries) additionOf(entry)(draft);
  return draft;
}

function additionOf(entry: Entry): Addition {
  const known = additions.get(entry);
  if (known !== undefined) return known;
  const addition = readEntry(entry);
  additions.set(entry, addition);
  return addition;
}

function readEntry(entry: Entry): Addition {
  const key = parseKey(entry.key);
  if (key === undefined) return nothing;
  try {
    return added(key, entry);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return ({ problems }) => problems.push(error);
  }
}

const nothing: Addition = () => {};

/** @throws Malformed */
function added({ name, parts }: ParsedKey, { key, value, modRevision }: Entry): Addition {
  switch (name) {
    case 'node': {
      const { roles, addresses } = nodeRecord.decode(key, value);
      return ({ nodes }) => nodes.push({ node: parts.node ?? '', roles, addresses });
    }
    case 'observation': {
      const { health, detail, facts } = observationRecord.decode(key, value);
      const observation = { node: parts.node ?? '', probe: parts.probe ?? '', health, detail, facts };
      return ({ observations }) => observations.push(observation);
    }
    case 'desired': {
      const { epoch, policyRevision, spec } = desiredRecord.decode(key, value);
      const stored = { value: decodeDesired(key, spec), epoch, policyRevision, modRevision };
      return ({ desired }) => desired.push(stored);
    }
    case 'hold': {
      const read = holdRecord.read(key, value);
      const hold = holdOf(parts.scope ?? '', read);
      return ({ holds, problems }) => {
        holds.push(hold);
        if (!read.ok) problems.push(read.problem);
      };
    }
    case 'identityOrder': {
      const stored = { name: parts.name ?? '', order: identityOrderRecord.decode(key, value), modRevision };
      return ({ identityOrders }) => identityOrders.push(stored);
    }
    case 'applied': {
      if (parts.kind !== 'identity') return nothing;
      const report = decodeReport(key, { node: parts.node ?? '', name: parts.name ?? '' }, value);
      if (report === undefined) return noticed(parts.node ?? '', appliedRecord.decode(key, value));
      return ({ reports }) => reports.push({ ...report, modRevision });
    }
    case 'leader': {
      const { node } = leaderRecord.decode(key, value);
      return (draft) => {
        draft.leader = node;
      };
    }
    default:
      return nothing;
  }
}

function noticed(node: string, { detail: { notice } }: AppliedRecord): Addition {
  return typeof notice === 'string' ? ({ notices }) => notices.push({ node, notice }) : nothing;
}

/** A pause that cannot be read is still a pause: somebody wanted nothing to be done. It ends when its key is mended. */
export function holdOf(scope: string, read: Decoded<Hold>): Hold {
  if (read.ok) return read.value;
  return { scope, owner: 'somebody', reason: read.problem.message, expiresAtMs: Number.MAX_SAFE_INTEGER };
}

/** The operators' holds among a store's keys; one that cannot be read holds for ever. */
export function readHolds(entries: Iterable<Entry>): readonly Hold[] {
  return [...entries].flatMap(({ key, value }) => {
    const parsed = parseKey(key);
    return parsed?.name === 'hold' ? [holdOf(parsed.parts.scope ?? '', holdRecord.read(key, value))] : [];
  });
}
