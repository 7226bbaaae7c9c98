/**
 * What the global store holds about one database: the state (persistent), the primary key (under the lease of the
 * primary's own db agent) and one key per member (under that agent's lease). `term` is the database's epoch: it grows
 * with every ballot, also with one that is abandoned, and never falls.
 */
import type { Fence } from './fences.ts';
import type { BallotOrder } from './order.ts';

/** A GTID position as MariaDB prints it, e.g. `0-103-57`; empty when the server has none. */
export type GtidPosition = string;

/** The evidence that an old holder is out: who saw it, how, when. */
export interface Receipt {
  readonly node: string;
  readonly term: bigint;
  readonly bootId: string;
  /** systemd's InvocationID of the mariadbd that is out. */
  readonly serverInvocation: string;
  /** `closed`: for a switchover, by its own agent, which opens it again only when the ballot was undone. */
  readonly how: 'server-gone' | 'closed';
  readonly atMs: number;
}

/**
 * Where a ballot stands. `poll` and `freeze` have not chosen yet; in `drain` a candidate is named, and is to apply what it
 * must have and to take its key; in `prove` it has taken it, is the recorded primary, opens and proves.
 */
export type BallotStep = 'poll' | 'freeze' | 'drain' | 'prove';

export interface Ballot {
  readonly step: BallotStep;
  /** Who was the primary before. */
  readonly formerPrimary: string;
  readonly cause: string;
  readonly receipt: Receipt | null;
  /** Wall time at which the primary was last known to have rights, for people. */
  readonly openedAtMs: number;
  readonly candidate: string | null;
  /** Members that answered the poll; the freeze waits for these. */
  readonly polled: readonly string[];
  /** Members that failed as candidates in this ballot. */
  readonly excluded: readonly string[];
  /** For how long the arbiter had seen the primary's lease gone when it wrote this step; counted low, never high. */
  readonly absentForMs: number;
  /**
   * The frozen member that has received the most, and how far: the candidate is opened only with all of that applied.
   * If it is another member, the candidate fetches the rest from it. Null before the choice.
   */
  readonly catchUp: { readonly node: string; readonly until: GtidPosition } | null;
  /**
   * How much may be lost by choosing this candidate, in ms of writes; 0 = nothing acknowledged; null = not chosen yet,
   * or, with a candidate that an operator's order accepted, unknown.
   */
  readonly lossMs: number | null;
  /** The operator's order that this ballot obeys. */
  readonly ordered: BallotOrder | null;
  /** Why the former primary can acknowledge nothing any more; empty before the choice. */
  readonly fences: readonly Fence[];
}

/** The positions of the new primary at the moment of its promotion: what a rejoining server is compared with. */
export interface PromotionRecord {
  readonly term: bigint;
  readonly node: string;
  readonly serverId: number;
  readonly slavePos: GtidPosition;
  readonly binlogPos: GtidPosition;
  readonly binlogState: GtidPosition;
  /** How many ms of acknowledged writes it may have lost; 0 = none. Null if a former version did not record it. */
  readonly lossMs: number | null;
  /** Its own wall time when it took its key. Null if a former version did not record it. */
  readonly atMs: number | null;
}

/** A member that may acknowledge the primary's commits. */
export interface Acker {
  readonly node: string;
  /** The account by which it replicates, and is shut out; null = its agent has not said. */
  readonly account: string | null;
  /**
   * Its server process as of its entry or of the last proof. One that was restarted since is not counted, because starting
   * replication forgets what was received and not yet applied.
   */
  readonly invocation: string;
}

/** What every agent counts a right to be open by, in ms. */
export interface LeaseTimes {
  readonly ttlMs: number;
  readonly marginMs: number;
}

/** `databases/<db>/state`. Every change compares its mod_revision. */
export interface DatabaseState {
  readonly term: bigint;
  readonly primary: string;
  /** Invocation of the server that was opened; a restarted server opens only through a ballot. */
  readonly primaryInvocation: string;
  /** `unmanaged`: its primary was let go, open as it was; it is adopted anew, like one that regent has never seen. */
  readonly phase: 'steady' | 'ballot' | 'unmanaged';
  /**
   * The lease's times, which are those of the policy at the adoption (management.ts). Null = a former version did not
   * record them: the policy's count.
   */
  readonly timing: LeaseTimes | null;
  /**
   * Whom a ballot may choose beside the former primary, and whose promises keep the primary open without its lease
   * (promise.ts). Only the holder of the key changes it, never while a ballot is open. Empty = the holder has not said:
   * a ballot chooses from all members, and promises give no right.
   */
  readonly electable: readonly string[];
  /**
   * Every member that may acknowledge a commit of this primary, in the order of their entry. MariaDB waits for one of them
   * and cannot say for which (MDEV-18983), so that a ballot needs an answer of each.
   */
  readonly ackers: readonly Acker[];
  /** Grows with every entry and removal, so that a member can say which set it has put into effect. */
  readonly ackersVersion: number;
  /**
   * How many commits of the primary's server had returned unacknowledged when a write proved that it waits: since then
   * everything that a client was told is on one of the ackers. A higher number means that the server has stopped waiting
   * since (MariaDB falls back silently), and the proof is void. Null without a proof: nothing is claimed.
   */
  readonly unacknowledgedAtProof: number | null;
  readonly ballot: Ballot | null;
  /** How the last ballot ended without a new primary; null after a promotion. */
  readonly unfinished: {
    readonly term: bigint;
    readonly outcome: 'vetoed' | 'abandoned' | 'retaken' | 'undone';
  } | null;
  /** Written in the transaction that deletes the primary key; the next ballot takes it over. */
  readonly receipt: Receipt | null;
  /** The last promotions, newest first, bounded. */
  readonly promotions: readonly PromotionRecord[];
  /** Set by an orderly stop of the primary's agent: no ballot opens while it stands. */
  readonly hold: { readonly owner: string; readonly reason: string; readonly sinceMs: number } | null;
  /** Wall time of the last change of primary, for the cooldown; 0 = the adopted primary has not taken its key yet. */
  readonly switchedAtMs: number;
}

/** `databases/<db>/primary`. */
export interface PrimaryKey {
  readonly node: string;
  readonly term: bigint;
  readonly bootId: string;
  readonly serverInvocation: string;
}

/** What a member answers to a ballot's step, or, before a switchover, to the order. */
export interface BallotAnswer {
  readonly term: bigint;
  readonly step: BallotStep;
  /** Id of the order that was answered; null = a ballot's step. */
  readonly order: string | null;
  readonly ok: boolean;
  /** Why not, when `ok` is false; a code of the member's own. */
  readonly excluded: ExclusionCode | null;
  readonly serverId: number;
  /** For a server that does not replicate: its own binlog position. */
  readonly receivedPos: GtidPosition;
  readonly appliedPos: GtidPosition;
  readonly binlogPos: GtidPosition;
  readonly binlogState: GtidPosition;
  /** The last term under which it followed the primary, or was it; null = none is noted. */
  readonly followedTerm: bigint | null;
  /** Age of the newest write-probe row of the former term when the answer was made; null = none was ever seen. */
  readonly writeProbeAgeMs: number | null;
  /** How far behind that row was when it arrived (clock of the primary against clock of the replica), never below 0. */
  readonly arrivalLagMs: number | null;
}

/** Why a member cannot be promoted. */
export type ExclusionCode =
  | 'ServerDown'
  | 'SqlError'
  | 'ErrantTransactions'
  | 'NoLogSlaveUpdates'
  | 'PromoteNever'
  | 'NoAnswer'
  | 'Incomplete'
  | 'NotAReplica'
  | 'NotElectable'
  | 'DrainTimeout';

/** `databases/<db>/members/<node>`, written when it changes. */
export interface MemberRecord {
  readonly node: string;
  readonly region: string;
  readonly bootId: string;
  /** Empty while no server process runs. */
  readonly serverInvocation: string;
  readonly serverUp: boolean;
  readonly readOnly: boolean;
  /** Node that this server replicates from, with both threads running; null if it does not replicate. */
  readonly follows: string | null;
  readonly semiSyncReplica: boolean;
  /**
   * The set of ackers (its `ackersVersion`) that this server goes by: it acknowledges only if it is one of them, until it
   * has read another set. Null = it may acknowledge all the same, or could not be asked.
   */
  readonly ackersVersion: number | null;
  /** The account by which this server replicates; null = it does not. */
  readonly account: string | null;
  readonly quarantined: boolean;
  /** Where its agent answers other agents, as an https URL; null = nowhere. */
  readonly peer: string | null;
  /** Its data is being replaced: it may go away at any moment, and nothing counts on it. */
  readonly rebuilding: boolean;
  /** The highest term that this node has ever seen, from its own disk; null = a former version does not say. */
  readonly seenTerm: bigint | null;
  /** The policy that its agent knew when it looked: what it says is from after that edit. Null = a former version does not say. */
  readonly policyRevision: bigint | null;
  readonly answer: BallotAnswer | null;
}
