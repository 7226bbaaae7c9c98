/**
 * Everything that a db agent may look at to decide about its own server, and the closed list of what it may do next:
 * one action a tick, each idempotent, so that an agent that is killed between two of them goes on from what it sees.
 */
import type { NewEvent } from '../event.ts';
import type { Hold } from '../holds.ts';
import type { Accepted, DatabaseFailover, DatabaseMember } from '../policy.ts';
import type { Errant } from './gtid.ts';
import type { DatabaseOrder, RefusedOrder } from './order.ts';
import type { AppliedBy } from './promise.ts';
import type { RebuildHold } from './rebuild-steps.ts';
import type { ServerLook } from './server-look.ts';
import type { BallotAnswer, DatabaseState, MemberRecord, PrimaryKey } from './state.ts';

export interface MemberSnapshot {
  readonly node: string;
  readonly bootId: string;
  readonly policy: Accepted<DatabaseFailover>;
  /** For how long the global store has not confirmed this agent's view; 0 = fresh. */
  readonly storeAwayForMs: number;
  readonly state: DatabaseState | undefined;
  /** The primary key as last seen. */
  readonly primary: PrimaryKey | undefined;
  readonly members: readonly MemberRecord[];
  /** True while the primary key stands under this process's own lease and its deadline has not passed. */
  readonly holdsRights: boolean;
  /** For how long the promises of every member of `electable` keep this server open without the lease; 0 = not at all. */
  readonly promisedForMs: number;
  /** For how long this node is bound by what it promised another primary, or may have promised before its start. */
  readonly ownPromiseForMs: number;
  readonly server: {
    /** Undefined while no server process runs. */
    readonly invocation: string | undefined;
    /** Undefined if the server could not be asked. */
    readonly look: ServerLook | undefined;
  };
  /** How long ago the primary's agent last asked for a promise; undefined = this primary not in this life. */
  readonly primaryHeardAgoMs: number | undefined;
  /** For how long this agent has seen the received position unchanged. */
  readonly receivedStandingMs: number;
  /** What this agent last answered. */
  readonly answered: BallotAnswer | undefined;
  /** An operator's order that stands. */
  readonly order: DatabaseOrder | undefined;
  /** For how long this agent has seen it stand. */
  readonly orderStandingMs: number;
  /** An operator's hold on this database or on everything. */
  readonly hold: Pick<Hold, 'owner' | 'reason'> | undefined;
  /** For how long this agent has seen the state key unchanged. */
  readonly stateStandingMs: number;
  /** For how long each acker has not been there (ackers.ts); 0 = it is. */
  readonly ackersLostForMs: ReadonlyMap<string, number>;
  /** How a rebuild of this server stands to what is decided here; undefined = not at all. */
  readonly rebuild: RebuildHold;
  /** What each member last said to this primary that it has applied. */
  readonly appliedBy: ReadonlyMap<string, AppliedBy>;
  /** For how long writes to the own open server have waited for an acknowledgement, one after the other; 0 = they have not. */
  readonly commitsWaitForMs: number;
  /** For how long the own open server has taken no write, for no want of an acknowledgement; 0 = it takes them. */
  readonly writesFailForMs: number;
  readonly notes: {
    /** The highest term that this node has ever seen, from its own disk. */
    readonly highestTerm: bigint;
    /** How long ago this agent last started the server; undefined = not in this life. */
    readonly startedAgoMs: number | undefined;
    /** How long ago this agent last made the server follow somebody; undefined = not in this life. */
    readonly repointedAgoMs: number | undefined;
    /** Term under which the server was quarantined, from its own disk; it stays so until its data is another one's. */
    readonly quarantinedAt: bigint | undefined;
    /** The last term under which the server followed the primary, or was it, from its own disk. */
    readonly followedTerm: bigint | undefined;
  };
  readonly wallMs: number;
}

/** What the agent does next. `state` is written guarded by the revision that it was read at. */
export type MemberAction =
  | { readonly kind: 'none' }
  /** Close the server now (F1). */
  | { readonly kind: 'demote'; readonly cause: string }
  /** End a server that hangs: a closing could be undone by the next tick, and would leave it as it is. */
  | { readonly kind: 'kill'; readonly cause: string }
  /** Put the primary key under the own lease; `state` is written in the same transaction. */
  | { readonly kind: 'take-key'; readonly term: bigint; readonly state: DatabaseState }
  /** Delete the own primary key and write the receipt, in one transaction. */
  | { readonly kind: 'issue-receipt'; readonly state: DatabaseState }
  | { readonly kind: 'start-server'; readonly role: 'keep' | 'former' }
  | { readonly kind: 'answer'; readonly step: 'poll'; readonly term: bigint; readonly order: string | null }
  | { readonly kind: 'freeze'; readonly term: bigint }
  | {
      readonly kind: 'drain';
      readonly term: bigint;
      readonly catchUp: { readonly from: DatabaseMember; readonly until: string } | null;
    }
  | { readonly kind: 'open'; readonly waitForAck: boolean; readonly cause: string }
  /** Prove with a real write, then write `state`. */
  | { readonly kind: 'close-ballot'; readonly state: DatabaseState }
  /** Lock strangers' accounts, see their replicas gone, prove with a real write that the ackers acknowledge, write `state`. */
  | { readonly kind: 'claim'; readonly strangers: readonly string[]; readonly state: DatabaseState }
  | {
      readonly kind: 'follow';
      readonly source: DatabaseMember;
      readonly demote: boolean;
      readonly acknowledge: boolean;
    }
  /** Stop the receiver and leave the source as it is. */
  | { readonly kind: 'stop-receiving' }
  /** Note on disk that the server is of this term's line; a quarantine ends with it. */
  | { readonly kind: 'note-line'; readonly term: bigint }
  | { readonly kind: 'quarantine'; readonly term: bigint; readonly errant: readonly Errant[] }
  | { readonly kind: 'write-state'; readonly state: DatabaseState }
  /** Close the server, then give the key away and begin the ballot that the order asks for, in one transaction. */
  | { readonly kind: 'hand-over'; readonly order: DatabaseOrder; readonly to: string; readonly cause: string }
  /** Delete the order and say why. */
  | { readonly kind: 'refuse-order'; readonly refused: RefusedOrder }
  /** Give up the key and its lease, and take back the order of the dead man's switch; the server stays as it is. */
  | { readonly kind: 'let-go' }
  /** End the sessions whose commits wait for an acknowledgement, and have done so for that long. */
  | { readonly kind: 'end-waiting'; readonly olderThanMs: number }
  | { readonly kind: 'set-wait-for-ack'; readonly waitForAck: boolean }
  /** Lock the account, see its replica gone, prove with a real write that the others acknowledge, then write `state`. */
  | { readonly kind: 'shut-out'; readonly account: string; readonly state: DatabaseState }
  /**
   * Unlock accounts whose members may replicate from here again. A primary writes `state` first, unchanged: who is an acker
   * by an old view may have been shut out since. Null on any other server.
   */
  | { readonly kind: 'let-in'; readonly accounts: readonly string[]; readonly state: DatabaseState | null };

export interface MemberDecision {
  readonly action: MemberAction;
  /** Recorded when the action succeeded. */
  readonly events: readonly NewEvent[];
  /** Recorded when they begin. */
  readonly refusals: readonly NewEvent[];
}

export const nothing: MemberDecision = { action: { kind: 'none' }, events: [], refusals: [] };

/** A decision without events of its own: the runtime records what came of it. */
export function act(action: MemberAction, ...events: readonly NewEvent[]): MemberDecision {
  return { action, events, refusals: [] };
}

/** What every event about a database's state has in common. */
export function about(snapshot: MemberSnapshot, state: DatabaseState) {
  return { subject: snapshot.policy.policy.name, policyRevision: snapshot.policy.revision, epoch: state.term };
}
