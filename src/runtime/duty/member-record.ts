/** What a member tells the store about itself, as its last look at the own server showed it. */
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { BallotAnswer, MemberRecord } from '../../core/database/state.ts';

export function memberRecordOf(
  { node, bootId, server, policy, notes }: MemberSnapshot,
  {
    region,
    answer,
    rebuilding,
  }: { readonly region: string; readonly answer: BallotAnswer | undefined; readonly rebuilding: boolean },
): MemberRecord {
  const replication = server.look?.replication ?? null;
  const source = policy.policy.members.find(
    (m) => m.address === replication?.sourceHost && m.port === replication?.sourcePort,
  );
  const isFollowing = replication?.receiving === true && replication.applying;
  return {
    node,
    region,
    bootId,
    serverInvocation: server.invocation ?? '',
    serverUp: server.look !== undefined,
    readOnly: server.look?.readOnly ?? true,
    follows: isFollowing ? (source?.node ?? null) : null,
    semiSyncReplica: server.look?.semiSync.replicaEnabled ?? false,
    quarantined: notes.quarantinedAt !== undefined,
    rebuilding,
    answer: answer ?? null,
  };
}
