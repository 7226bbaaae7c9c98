/**
 * Two-sided hysteresis: something goes down only after it was down for one time, and up again only after it was up for
 * another. What is neither (unknown, in between) moves nothing. Without memory of its own: how long each side has
 * stood is an argument, so a fresh leader, which has seen nothing stand yet, starts again from zero and errs on the
 * side of not moving.
 */

export type Position = 'up' | 'down';

export interface Limits {
  /** How long it must have been down before it goes down. */
  readonly downAfterMs: number;
  /** How long it must have been up before it goes up. */
  readonly upAfterMs: number;
}

/** For how long each side has stood without a break, in ms; undefined if that side does not stand now. */
export interface Standing {
  readonly downForMs: number | undefined;
  readonly upForMs: number | undefined;
}

export interface Move {
  readonly position: Position;
  /** When the position will change if everything stays as it is, in ms from now; undefined if it will not. */
  readonly changesInMs: number | undefined;
}

/** Where something that is at `now` belongs, given what has stood for how long. At exactly the limit it moves. */
export function nextPosition(now: Position, standing: Standing, limits: Limits): Move {
  const other: Position = now === 'up' ? 'down' : 'up';
  const forMs = now === 'up' ? standing.downForMs : standing.upForMs;
  const limitMs = now === 'up' ? limits.downAfterMs : limits.upAfterMs;
  if (forMs === undefined) return { position: now, changesInMs: undefined };
  if (forMs >= limitMs) return { position: other, changesInMs: undefined };
  return { position: now, changesInMs: limitMs - forMs };
}

/** The earliest of several waits; undefined ones never come. */
export function soonestMs(...waitsMs: readonly (number | undefined)[]): number | undefined {
  const known = waitsMs.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
