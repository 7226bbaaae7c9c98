/**
 * The databases' part of `regentctl status`: who is the primary, how each member stands, and what is wrong with it.
 * Pure. The primary is who the state names; whether it is open is told by its key, which stands under its lease.
 */
import { isAcker, isClaimed } from '../core/database/ackers.ts';
import { sharedAccounts } from '../core/database/replication-account.ts';
import type { DatabaseState, MemberRecord } from '../core/database/state.ts';
import { highestSeen } from '../core/database/store-adoption.ts';
import type { DatabaseFailover, DatabaseMember } from '../core/policy.ts';
import type { AgentStatus } from '../runtime/agent-status.ts';
import { readDatabase } from '../runtime/duty/database-view.ts';
import type { Entry } from '../store/store.ts';
import type { PolicyStanding } from './policy-standing.ts';

/** `away`: its agent has not registered; `detached`: it runs and follows nobody. */
export type MemberStanding = 'primary' | 'following' | 'detached' | 'down' | 'rebuilding' | 'quarantined' | 'away';

export interface MemberLine {
  readonly node: string;
  readonly region: string;
  readonly standing: MemberStanding;
  /** Node that it replicates from. */
  readonly follows: string | null;
  /** Seconds behind; null if that could not be asked, or is not known. */
  readonly lagSeconds: number | null;
  /** Commits may wait for it, and a ballot for its answer. */
  readonly isAcker: boolean;
}

export interface DatabaseLine {
  readonly name: string;
  readonly mode: string;
  /** Undefined while nobody has taken the database under management. */
  readonly primary: string | undefined;
  readonly term: bigint | undefined;
  /** True while the primary holds its right to be open: its key, or the promises of all others. */
  readonly isOpen: boolean;
  readonly ballot: { readonly step: string; readonly candidate: string | null; readonly cause: string } | undefined;
  /** Left by the primary's agent, which was stopped in order; null = there is none. */
  readonly hold: DatabaseState['hold'];
  readonly members: readonly MemberLine[];
  readonly complaints: readonly string[];
}

export function databaseLines(
  { agents }: { readonly agents: ReadonlyMap<string, AgentStatus> },
  standings: readonly PolicyStanding[],
  entries: readonly Entry[],
): readonly DatabaseLine[] {
  return standings.flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'DatabaseFailover' ? [databaseLine(inForce.policy, entries, agents)] : [],
  );
}

function databaseLine(
  policy: DatabaseFailover,
  entries: readonly Entry[],
  agents: ReadonlyMap<string, AgentStatus>,
): DatabaseLine {
  const { name, mode } = policy;
  const { state, primary: key, members: records, malformed } = readDatabase(name, entries);
  const members = policy.members.map((member) => {
    const record = records.find((each) => each.node === member.node);
    return memberLine(member, record, state, agents.get(member.node)?.databases[name]?.lagSeconds ?? null);
  });
  const ballot = state?.ballot ?? undefined;
  const isPromised = agents.get(state?.primary ?? '')?.databases[name]?.isOpenByPromises === true;
  const line = {
    name,
    mode,
    primary: state?.primary,
    term: state?.term,
    isOpen: key !== undefined || isPromised,
    ballot: ballot && { step: ballot.step, candidate: ballot.candidate, cause: ballot.cause },
    hold: state?.hold ?? null,
    members,
  };
  return {
    ...line,
    complaints: [
      ...(malformed === undefined ? [] : [malformed.message]),
      ...storeComplaints(name, state, records),
      ...complaintsOf(line, state),
      ...accountComplaints(name, records),
    ],
  };
}

function memberLine(
  { node, region }: DatabaseMember,
  record: MemberRecord | undefined,
  state: DatabaseState | undefined,
  lagSeconds: number | null,
): MemberLine {
  const acknowledges = state !== undefined && isAcker(state, node);
  const standing = standingOf(node, record, state);
  return { node, region, standing, follows: record?.follows ?? null, lagSeconds, isAcker: acknowledges };
}

function standingOf(node: string, record: MemberRecord | undefined, state: DatabaseState | undefined): MemberStanding {
  if (record === undefined) return 'away';
  if (record.rebuilding) return 'rebuilding';
  if (record.quarantined) return 'quarantined';
  if (!record.serverUp) return 'down';
  if (state?.primary === node && !record.readOnly) return 'primary';
  return record.follows === null ? 'detached' : 'following';
}

function complaintsOf(line: Omit<DatabaseLine, 'complaints'>, state: DatabaseState | undefined): readonly string[] {
  const { name, primary, isOpen, ballot, hold, members } = line;
  if (state === undefined || primary === undefined) return [`database ${name} is not under management yet`];
  if (state.phase === 'unmanaged') {
    return [`database ${name} is not under management: ${primary} was released, and is adopted when a policy enforces`];
  }
  const found: string[] = [];
  if (ballot !== undefined) {
    const candidate = ballot.candidate === null ? 'has no candidate yet' : `has the candidate ${ballot.candidate}`;
    found.push(`database ${name}: a ballot is open (${ballot.cause}), at ${ballot.step}, and ${candidate}`);
  } else if (hold !== null) {
    found.push(`database ${name}: no ballot opens, held by ${hold.owner}: ${hold.reason}`);
  } else if (!isOpen) {
    found.push(`database ${name}: the primary ${primary} does not hold its right to be open`);
  }
  const means = {
    detached: 'replicates from nobody',
    down: 'its server is down',
    rebuilding: "gets a copy of another member's data (regentctl database rebuild follows it)",
    quarantined: 'is quarantined: it has transactions that the primary does not have (regentctl database rebuild)',
    away: 'its agent is not registered',
  };
  const isUnclaimed = state.ackers.length > 0 && !isClaimed(state) && state.phase === 'steady';
  if (isUnclaimed) {
    found.push(
      `database ${name}: no write has proved that commits wait for an acknowledgement; a failover may lose some`,
    );
  }
  for (const { node, standing, follows } of members) {
    if (standing === 'following' && follows !== primary && ballot === undefined) {
      found.push(`database ${name}: ${node} replicates from ${follows}, not from the primary`);
    }
    if (standing !== 'primary' && standing !== 'following') found.push(`database ${name}: ${node} ${means[standing]}`);
  }
  return found;
}

/** Nothing is decided by a store that is older than what a member has seen. */
function storeComplaints(
  name: string,
  state: DatabaseState | undefined,
  members: readonly MemberRecord[],
): readonly string[] {
  const seen = highestSeen({ members });
  if (state === undefined || seen <= state.term) return [];
  return [
    `database ${name}: the store says term ${state.term}, members have seen term ${seen}: the store went back, and nothing is ` +
      'decided until an operator goes on with it (regentctl database adopt-store --dry-run)',
  ];
}

/** Whoever shares its account cannot be shut out when it should acknowledge no more. */
function accountComplaints(name: string, records: readonly MemberRecord[]): readonly string[] {
  return sharedAccounts(records).map(
    ({ account, nodes }) =>
      `database ${name}: ${nodes.join(', ')} replicate with the account ${account}, so that none of them can be shut out ` +
      'when it is lost as an acker: give each node a db.replicationUser of its own',
  );
}
