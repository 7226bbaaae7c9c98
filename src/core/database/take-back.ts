/**
 * The rule by which a recorded primary gets its key (again) without a ballot: nothing was handed over meanwhile.
 */
import type { MemberSnapshot } from './member-snapshot.ts';
import type { DatabaseState } from './state.ts';

/**
 * May the recorded primary take its key (again)? Only if nothing was handed over meanwhile: the state still names it,
 * with the same server process, and no candidate was chosen.
 */
export function canTakeBack(snapshot: MemberSnapshot, state: DatabaseState): boolean {
  const { node, bootId, primary, server } = snapshot;
  const isKeyFree = primary === undefined || (primary.node === node && primary.bootId === bootId);
  const isSameServer = server.invocation !== undefined && server.invocation === state.primaryInvocation;
  if (state.primary !== node || !isKeyFree || !isSameServer) return false;
  if (state.phase === 'steady') return state.receipt === null;
  const ballot = state.ballot;
  return ballot !== null && ballot.receipt === null && (ballot.step === 'poll' || ballot.step === 'freeze');
}
