/** Runs a row of schedules, says how far it is, and tells each violation with its trace and how to replay it. */
import { Results, type SimulationReport } from './report.ts';
import { SUBJECTS, type SubjectName } from './subjects.ts';

export interface SimulationOptions {
  readonly subject: SubjectName;
  /** First seed. */
  readonly seed: number;
  readonly schedules: number;
  /** Print what happened, also in schedules that are well. */
  readonly trace: boolean;
  /** Hunt the planted bugs as well, each in a copy of these sources. */
  readonly mutations: boolean;
}

export interface SimulationOutput {
  /** A line about a schedule: a trace, or how to replay one. */
  line(text: string): void;
  /** How far it is: replaces what it said before. */
  progress(text: string): void;
}

/** Seeds in which a planted bug must be found. */
const HUNT_SEEDS = 2_000;
const PROGRESS_EVERY_MS = 500;

/** @param root - top of the sources, of which planted bugs get copies */
export async function runSimulation(
  { subject, seed, schedules, trace, mutations }: SimulationOptions,
  root: string,
  output: SimulationOutput,
): Promise<SimulationReport> {
  const results = new Results();
  const { run, hunts } = SUBJECTS[subject];
  const startedAtMs = performance.now();
  let saidAtMs = startedAtMs;
  for (let current = seed; current < seed + schedules; current++) {
    const result = await run(current);
    results.add(current, result);
    const isViolated = result.violations.length > 0;
    if (isViolated || trace) output.line(`seed ${current}\n${result.log.join('\n')}`);
    if (isViolated) output.line(`replay: npm run simulate -- ${subject} --seed ${current}`);
    const now = performance.now();
    if (now - saidAtMs < PROGRESS_EVERY_MS) continue;
    saidAtMs = now;
    const perMinute = Math.round((results.schedules / (now - startedAtMs)) * 60_000);
    output.progress(
      `${results.schedules} of ${schedules} schedules, ${perMinute} a minute, ${results.violations.length} violations`,
    );
  }
  for (const { bug, hunt } of mutations ? hunts : []) {
    output.progress(`planted bug ${results.mutations + 1} of ${hunts.length}: ${bug}`);
    results.mutations += 1;
    if (await hunt(root, HUNT_SEEDS)) results.mutationsKilled += 1;
    else output.line(`not found within ${HUNT_SEEDS} schedules: ${bug}`);
  }
  return results.report;
}
