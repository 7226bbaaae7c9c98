/**
 * Whose word counts, and what a majority says. A node that could not look, that saw something in between, or that says
 * nothing at all has no vote: it is counted in the size of the electorate and never on a side (I3). So going blind
 * can only make a majority harder to reach, never easier.
 */
import type { SeenObservation } from './observation.ts';

/** One side of a vote. */
export interface Side {
  /** The voters, in the order of the electorate. */
  readonly nodes: readonly string[];
  /**
   * For how long a majority has been on this side, in ms; undefined if there is none. It is the standing time of the
   * majority's youngest vote when the oldest votes are taken first, so one voter that changed its mind does not
   * restart the time of the others.
   */
  readonly majorityForMs: number | undefined;
}

export interface Votes {
  readonly failed: Side;
  readonly ok: Side;
  /** Voters without a vote: unknown, degraded, or not reporting. */
  readonly silent: readonly string[];
  /** How many make a majority of the whole electorate, silent ones included. */
  readonly needed: number;
}

/**
 * @param electorate how many may vote, 1 or more
 * @throws RangeError for an empty electorate, of which no votes at all would be a majority
 */
export function majorityOf(electorate: number): number {
  if (electorate < 1) throw new RangeError(`an electorate of ${electorate} has no majority`);
  return Math.floor(electorate / 2) + 1;
}

/**
 * Counts what the observers say through one probe.
 * @param observers the electorate, without duplicates, not empty
 * @param observations of any node and probe; those of others are not looked at
 */
export function countVotes(
  observers: readonly string[],
  observations: readonly SeenObservation[],
  probe: string,
): Votes {
  const needed = majorityOf(observers.length);
  const said = new Map(observations.filter((each) => each.probe === probe).map((each) => [each.node, each]));
  const voters = (health: 'ok' | 'failed') => observers.filter((node) => said.get(node)?.health === health);
  const side = (nodes: readonly string[]): Side => ({
    nodes,
    majorityForMs: nodes.map((node) => said.get(node)?.standingMs ?? 0).toSorted((a, b) => b - a)[needed - 1],
  });
  const failed = voters('failed');
  const ok = voters('ok');
  return {
    failed: side(failed),
    ok: side(ok),
    silent: observers.filter((node) => !failed.includes(node) && !ok.includes(node)),
    needed,
  };
}
