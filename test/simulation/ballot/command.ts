/** `npm run simulate -- ballots`: runs schedules of the database's ballots and says what they violated. */
import { simulateBallots } from './world.ts';

export interface BallotRun {
  readonly seed: number;
  readonly schedules: number;
  /** Print what happened, also in schedules that are well. */
  readonly log: boolean;
}

/** @returns how many schedules violated something */
export async function runBallots({ seed, schedules, log }: BallotRun): Promise<number> {
  const counts = new Map<string, number>();
  let violated = 0;
  for (let current = seed; current < seed + schedules; current++) {
    const result = await simulateBallots(current);
    for (const [what, count] of result.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    const isViolated = result.violations.length > 0;
    if (isViolated) violated += 1;
    if (isViolated || log) console.log(`seed ${current}\n${result.log.join('\n')}`);
    if (isViolated) console.log(`replay: npm run simulate -- ballots --seed ${current}`);
  }
  for (const [what, count] of counts) console.log(`${count} × ${what}`);
  return violated;
}
