/** What a member tells the store about itself, as its last look at the own server showed it; written when it changes. */
import { isDeepStrictEqual } from 'node:util';
import { isAcker } from '../../core/database/ackers.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { BallotAnswer, MemberRecord } from '../../core/database/state.ts';

export interface OwnRecordDeps {
  readonly region: string;
  /** Where this agent answers others; null if it does not. */
  readonly peer: string | null;
  /** True while this server's data is being replaced. */
  readonly rebuild: () => { readonly isUnderWay: boolean };
  /** Puts the record under the agent's own lease. */
  readonly publish: (record: MemberRecord, signal: AbortSignal) => Promise<void>;
}

export class OwnRecord {
  readonly #deps: OwnRecordDeps;
  #published: MemberRecord | undefined;

  constructor(deps: OwnRecordDeps) {
    this.#deps = deps;
  }

  /** Does nothing if the record says so already and stands, as far as anybody can see. */
  async publish(snapshot: MemberSnapshot, answer: BallotAnswer | undefined, signal: AbortSignal): Promise<void> {
    const { region, peer, rebuild } = this.#deps;
    const record = memberRecordOf(snapshot, { region, peer, answer, rebuilding: rebuild().isUnderWay });
    const isThere = snapshot.members.some((m) => m.node === snapshot.node) || snapshot.storeAwayForMs > 0;
    if (this.#published !== undefined && saysTheSame(record, this.#published) && isThere) return;
    // What could not be written now may be written later all the same.
    this.#published = undefined;
    await this.#deps.publish(record, signal);
    this.#published = record;
  }
}

function saysTheSame(one: MemberRecord, other: MemberRecord): boolean {
  const fields = Object.keys(one) as (keyof MemberRecord)[];
  return fields.every((field) => one[field] === other[field] || isDeepStrictEqual(one[field], other[field]));
}

function memberRecordOf(
  { node, bootId, server, policy, state, notes }: MemberSnapshot,
  told: {
    readonly region: string;
    readonly peer: string | null;
    readonly answer: BallotAnswer | undefined;
    readonly rebuilding: boolean;
  },
): MemberRecord {
  const replication = server.look?.replication ?? null;
  const source = policy.policy.members.find(
    (m) => m.address === replication?.sourceHost && m.port === replication?.sourcePort,
  );
  const goesBySet = state !== undefined && (isAcker(state, node) || !mayAcknowledge(server));
  const isFollowing = replication?.receiving === true && replication.applying;
  return {
    node,
    region: told.region,
    bootId,
    serverInvocation: server.invocation ?? '',
    serverUp: server.look !== undefined,
    readOnly: server.look?.readOnly ?? true,
    follows: isFollowing ? (source?.node ?? null) : null,
    semiSyncReplica: server.look?.semiSync.replicaEnabled ?? false,
    ackersVersion: goesBySet ? state.ackersVersion : null,
    account: replication?.account ?? null,
    quarantined: notes.quarantinedAt !== undefined,
    peer: told.peer,
    rebuilding: told.rebuilding,
    seenTerm: notes.highestTerm,
    policyRevision: policy.revision,
    answer: told.answer ?? null,
  };
}

/** A server without a source is given one together with its word about the set; one that cannot be asked may do anything. */
function mayAcknowledge({ invocation, look }: MemberSnapshot['server']): boolean {
  if (invocation === undefined) return false;
  return look === undefined || (look.semiSync.replicaEnabled && look.replication !== null);
}
