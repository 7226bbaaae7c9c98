/**
 * Signs of life of the former primary: rows of the write probe that other members received. One that came after the key had
 * gone ends a ballot, because a primary that writes is one that a ballot would only harm.
 */
import type { ArbiterSnapshot } from './arbiter-snapshot.ts';
import type { Ballot, BallotAnswer } from './state.ts';

/**
 * A fresh write-probe row proves a working primary; a receipt proves the contrary and overrides it. A row that came
 * before the key went proves nothing: every primary that lost its right was writing until then. What the former
 * primary says of its own rows is not received.
 */
export function vetoOf(
  { policy: { policy }, primaryAbsentForMs }: ArbiterSnapshot,
  ballot: Ballot,
  answered: ReadonlyMap<string, BallotAnswer>,
): string | undefined {
  if (ballot.receipt !== null) return undefined;
  for (const [node, { writeProbeAgeMs }] of answered) {
    if (node === ballot.formerPrimary || writeProbeAgeMs === null) continue;
    if (writeProbeAgeMs <= policy.writeProbe.vetoWithinMs && writeProbeAgeMs < primaryAbsentForMs) {
      return `${node} received a write of the primary ${Math.round(writeProbeAgeMs)} ms before it answered`;
    }
  }
  return undefined;
}

/**
 * May the former primary be alive, without the store? Then its next row is about to be received, and is worth a wait. One
 * that was frozen or cut off for a lease has not been heard for two rows.
 */
export function writesStill(
  { policy: { policy } }: ArbiterSnapshot,
  answered: ReadonlyMap<string, BallotAnswer>,
): boolean {
  const rowsMs = 2 * policy.writeProbe.everyMs;
  return [...answered.values()].some(({ writeProbeAgeMs }) => writeProbeAgeMs !== null && writeProbeAgeMs <= rowsMs);
}
