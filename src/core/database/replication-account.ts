/**
 * The accounts by which the members replicate, and their locks. An acker that is dead or cut off cannot be asked to stop
 * acknowledging and would do so again when it comes back, so it is shut out at the primary: its account is locked there.
 * That takes an account of its own for each member. A lock stands on one server only and means something only while that
 * server is the primary, and only until its member has put into effect that it is no acker.
 */
import { isAcker } from './ackers.ts';
import { act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import type { DatabaseState, MemberRecord } from './state.ts';

interface Owned {
  readonly node: string;
  readonly account: string | null;
}

/** Whom a lock of this account would shut out. */
export function ownersOf(account: string, members: readonly Owned[]): readonly string[] {
  return [...new Set(members.filter((each) => each.account === account).map(({ node }) => node))];
}

/** Accounts that several members share, with these; none of them can be shut out. */
export function sharedAccounts(
  members: readonly Owned[],
): readonly { readonly account: string; readonly nodes: readonly string[] }[] {
  const accounts = new Set(members.flatMap(({ account }) => account ?? []));
  return [...accounts]
    .map((account) => ({ account, nodes: ownersOf(account, members) }))
    .filter(({ nodes }) => nodes.length > 1);
}

/** The account by which an acker can be shut out of the own server, or why it cannot be. */
export function shutOutBy(
  { members, server: { look } }: MemberSnapshot,
  { ackers }: DatabaseState,
  node: string,
): { readonly account: string } | { readonly obstacle: string } {
  const named = ackers.find((acker) => acker.node === node)?.account ?? null;
  const account = members.find((record) => record.node === node)?.account ?? named;
  if (account === null) return { obstacle: `the agent of ${node} has not said by which account it replicates` };
  const others = ownersOf(account, [...members, ...ackers]).filter((owner) => owner !== node);
  if (others.length > 0) {
    const remedy = 'give each node a db.replicationUser of its own';
    return { obstacle: `${node} replicates with the account ${account} like ${others.join(', ')}: ${remedy}` };
  }
  if (look?.accounts.lockable.includes(account) === true) return { account };
  const remedy = 'name it under accounts in grants.yaml, and give regent CREATE USER and SELECT on mysql.global_priv';
  return { obstacle: `regent may not lock the account ${account}: ${remedy}` };
}

/** Lets in whose members may replicate from the own server. An account whose members nobody knows stays locked. */
export function liftLocks(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  const { node, members, server } = snapshot;
  const isPrimary =
    state.phase !== 'unmanaged' && state.primary === node && server.invocation === state.primaryInvocation;
  if (isPrimary && !(snapshot.holdsRights && state.phase === 'steady')) return undefined;
  const accounts = (server.look?.accounts.locked ?? []).filter((account) => {
    const owners = ownersOf(account, [...members, ...state.ackers]);
    return owners.length > 0 && (!isPrimary || owners.every((owner) => mayReplicate(state, members, owner)));
  });
  return accounts.length === 0 ? undefined : act({ kind: 'let-in', accounts, state: isPrimary ? state : null });
}

/** An acker of this set may, and whoever is certain not to acknowledge. */
function mayReplicate(state: DatabaseState, members: readonly MemberRecord[], node: string): boolean {
  return isAcker(state, node) || isPlain(state, members, node);
}

/** It goes by this set, which does not name it: it acknowledges nothing until another set does. */
export function isPlain(state: DatabaseState, members: readonly MemberRecord[], node: string): boolean {
  if (isAcker(state, node)) return false;
  return members.find((record) => record.node === node)?.ackersVersion === state.ackersVersion;
}
