/** Looks up the database that another policy names. It may be in force beside it, or in the global store. */
import type { DatabaseFailover, PolicyProblem } from '../core/policy.ts';
import { nearest } from './nearest.ts';
import { problem } from './problem.ts';
import type { Setting } from './world.ts';

export function databaseNamed(
  database: string,
  { world, others }: Setting,
): { readonly found: DatabaseFailover | undefined; readonly problems: readonly PolicyProblem[] } {
  if (world.databases === undefined) {
    const message = 'cannot be looked up: the global store is out of reach';
    const remedy = 'nothing to do: it is judged again when the store answers';
    return { found: undefined, problems: [problem('database', database, message, remedy)] };
  }
  const known = [...world.databases, ...others.filter((each) => each.kind === 'DatabaseFailover')];
  const found = known.find((each) => each.name === database);
  if (found !== undefined) return { found, problems: [] };
  const meant = nearest(
    database,
    known.map((each) => each.name),
  );
  const remedy = meant === undefined ? 'put that policy into the global store first' : `write ${meant}`;
  return {
    found,
    problems: [problem('database', database, 'no DatabaseFailover of this name is in force', remedy)],
  };
}
