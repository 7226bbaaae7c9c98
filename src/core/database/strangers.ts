/**
 * Who could acknowledge commits of this primary without being of the set: an acker of a former primary that has not heard
 * that it is none any more, whose server found the way here by itself. The promise of the set (ackers.ts) begins with a
 * claim, so each of them is certain to be plain by then, or is shut out of this server; whoever is plain begins to
 * acknowledge only because a set names it. Locks that others made on their servers say nothing about this one.
 */
import type { NewEvent } from '../event.ts';
import { ACKER_GONE_MS } from './acker-change.ts';
import { isAcker } from './ackers.ts';
import { about, type MemberSnapshot } from './member-snapshot.ts';
import { isPlain, ownersOf, sharedAccounts, shutOutBy } from './replication-account.ts';
import type { DatabaseState } from './state.ts';

export type Strangers =
  /** They will have said that they are plain in a moment. */
  | { readonly kind: 'awaited' }
  /** Nothing can be claimed: one of them can be shut out by no lock. */
  | { readonly kind: 'unknown'; readonly refusal: NewEvent }
  /** With these accounts shut out nobody but the ackers can acknowledge; none = nobody could anyway. */
  | { readonly kind: 'known'; readonly accounts: readonly string[] };

/** What has to be done about them before a claim. */
export function strangersTo(snapshot: MemberSnapshot, state: DatabaseState): Strangers {
  const strangers = nodesOf(snapshot).filter(
    (node) => !isAcker(state, node) && !isPlain(state, snapshot.members, node),
  );
  if (strangers.some((node) => isAboutToSay(snapshot, state, node))) return { kind: 'awaited' };
  const silent = strangers.filter((node) => accountOf(snapshot, node) === undefined);
  const ways = strangers.map((node) => ({
    node,
    way: silent.includes(node) ? amongUnowned(snapshot, state) : shutOutBy(snapshot, state, node),
  }));
  const accounts: string[] = [];
  for (const { node, way } of ways) {
    if ('obstacle' in way) return { kind: 'unknown', refusal: unknown(snapshot, state, node, way.obstacle) };
    accounts.push(...('accounts' in way ? way.accounts : [way.account]));
  }
  return { kind: 'known', accounts: [...new Set(accounts)] };
}

/** Members of the policy, and who says that it is one: a node that was taken out of the policy may follow still. */
function nodesOf({ node, policy, members }: MemberSnapshot): readonly string[] {
  const all = [...policy.policy.members, ...members].map((member) => member.node);
  return [...new Set(all)].filter((each) => each !== node);
}

function accountOf({ members }: MemberSnapshot, node: string): string | undefined {
  return members.find((record) => record.node === node)?.account ?? undefined;
}

/** Its agent has seen this term, so that it lives; the set that it has to put into effect is a moment old. */
function isAboutToSay({ members, stateStandingMs }: MemberSnapshot, { term }: DatabaseState, node: string): boolean {
  const record = members.find((each) => each.node === node);
  if (record === undefined || record.quarantined || record.rebuilding) return false;
  return record.seenTerm === term && stateStandingMs <= ACKER_GONE_MS;
}

/**
 * It replicates by an account that nobody else says to be its own, as long as each member has one of its own that may be
 * locked. Where fewer are known, or somebody shares one, it may come by any.
 */
function amongUnowned(
  { members, policy, server: { look } }: MemberSnapshot,
  { ackers }: DatabaseState,
): { readonly accounts: readonly string[] } | { readonly obstacle: string } {
  const lockable = look?.accounts.lockable ?? [];
  const owners = [...members, ...ackers];
  const isLockable = owners.every(({ account }) => account === null || lockable.includes(account));
  if (isLockable && lockable.length >= policy.policy.members.length && sharedAccounts(owners).length === 0)
    return { accounts: lockable.filter((account) => ownersOf(account, owners).length === 0) };
  const remedy = 'give each node a db.replicationUser of its own, and name all of them under accounts in grants.yaml';
  return { obstacle: `nobody says by which account it replicates: ${remedy}; or take it out of the policy` };
}

function unknown(snapshot: MemberSnapshot, state: DatabaseState, node: string, obstacle: string): NewEvent {
  return {
    ...about(snapshot, state),
    name: 'database:acker:unknown',
    message: `nothing is claimed, because ${node} may acknowledge commits without being counted and cannot be shut out: ${obstacle}`,
    cause: obstacle,
    refusal: 'CannotShutOut',
  };
}
