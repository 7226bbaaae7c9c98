/**
 * Whether a server is of the line of history that the recorded primary continues. What it has was written under the last
 * term in which it followed the primary, or was it; so it is compared with every promotion after that term, because each may
 * have lost something, and every origin counts: a server that was promoted may write the very GTIDs again that it had lost
 * itself before, so that a newer record alone would hide another server's copy of what was lost.
 */
import { type Errant, errantAgainst, errantInAny } from './gtid.ts';
import type { GtidPosition, PromotionRecord } from './state.ts';

/** MariaDB's server ids begin at 1: with this one, no origin is taken out of the comparison. */
const NO_SERVER = 0;

/**
 * @param promotions newest first, as in the state
 * @param followedTerm null or undefined if this node never noted one: then every promotion is a measure, and what a
 *   server wrote that was promoted since is not judged, because it may have come from there
 * @returns one entry per origin that goes beyond; empty = of the line
 */
export function errantSince(
  { binlogState, serverId }: { readonly binlogState: GtidPosition; readonly serverId: number },
  promotions: readonly PromotionRecord[],
  followedTerm: bigint | null | undefined,
): readonly Errant[] {
  const newest = promotions[0];
  if (newest === undefined) return [];
  if (followedTerm === null || followedTerm === undefined) {
    return serverId === newest.serverId ? [] : errantInAny(binlogState, promotions);
  }
  const missed = promotions.filter((each) => each.term > followedTerm).toReversed();
  return (
    missed.map((each) => errantAgainst(binlogState, serverId, each, NO_SERVER)).find(({ length }) => length > 0) ?? []
  );
}
