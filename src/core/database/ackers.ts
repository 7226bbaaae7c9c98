/**
 * What the set of ackers says. While anything is claimed, every member that could acknowledge a commit is in it, from before
 * it may until after it cannot any more; so whatever a client was told is on one of them, and together, as the processes
 * that are named, they have all of it. One of them alone proves nothing. A claim begins by making that so (strangers.ts).
 */
import type { Acker, DatabaseState, MemberRecord } from './state.ts';

export function isAcker({ ackers }: DatabaseState, node: string): boolean {
  return ackers.some((acker) => acker.node === node);
}

/** Is it claimed that nothing which a client was told is lost as long as the ackers have what they had? */
export function isClaimed({ ackers, unacknowledgedAtProof }: DatabaseState): boolean {
  return ackers.length > 0 && unacknowledgedAtProof !== null;
}

/** May this server process be the only one that has a commit which a client was told of? */
export function isCountedOn(state: DatabaseState, node: string, invocation: string | undefined): boolean {
  return isClaimed(state) && state.ackers.some((acker) => acker.node === node && acker.invocation === invocation);
}

/** The member follows that primary and acknowledges its commits, by its own word. */
export function isThere(record: MemberRecord | undefined, primary: string): record is MemberRecord {
  if (record === undefined || record.quarantined || record.rebuilding) return false;
  return record.follows === primary && record.semiSyncReplica && record.serverInvocation !== '';
}

/** What a new primary begins with: nothing is claimed, and whoever acknowledges still is looked for before it is. */
export function noAckers({ ackersVersion }: DatabaseState) {
  return { ackers: [], ackersVersion: ackersVersion + 1, unacknowledgedAtProof: null } as const;
}

/**
 * @param answered - records of the members that answered, frozen or not, as the ballot's step wants it
 * @returns why these members may lack something that a client was told; undefined = together they have it all
 */
export function missingProof(state: DatabaseState, answered: readonly MemberRecord[]): string | undefined {
  if (!isClaimed(state)) return 'commits waited for no acknowledgement';
  const silent: Acker[] = [];
  const restarted: Acker[] = [];
  for (const acker of state.ackers) {
    const record = answered.find(({ node }) => node === acker.node);
    if (record === undefined) silent.push(acker);
    else if (record.serverInvocation !== acker.invocation) restarted.push(acker);
  }
  if (silent.length > 0) return `no answer of ${namesOf(silent)}, which may have acknowledged commits`;
  if (restarted.length === 0) return undefined;
  return `the server of ${namesOf(restarted)} was restarted since it may have acknowledged commits`;
}

/** Is a process gone that may have acknowledged? Then only the former primary itself can prove that nothing is lost. */
export function hasLostProof(state: DatabaseState, members: readonly MemberRecord[]): boolean {
  const isGone = (acker: Acker) =>
    members.some((m) => m.node === acker.node && m.serverInvocation !== acker.invocation);
  return isClaimed(state) && state.ackers.some(isGone);
}

/** In a sentence. */
export function namesOf(ackers: readonly Acker[], word: 'and' | 'or' = 'and'): string {
  const nodes = ackers.map(({ node }) => node);
  return nodes.length < 2 ? nodes.join('') : `${nodes.slice(0, -1).join(', ')} ${word} ${nodes.at(-1)}`;
}
