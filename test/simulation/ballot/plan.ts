/** From a seed to a schedule: which faults happen when. What one fault disturbs, no other disturbs at the same time. */
import type { SeededRandom } from '../random.ts';
import { agentLost, BALLOT_FAULTS, type BallotFault, primarySleeps } from './faults.ts';
import { STORE } from './settings.ts';
import type { BallotWorld } from './world.ts';

/** The database is adopted and has its acker by then. */
const FIRST_FAULT_MS = 3_000;
export const FAULTS_END_MS = 10_000;
const SLEEP_PROBABILITY = 0.25;
const AGENT_LOST_PROBABILITY = 0.3;
const PEACE_MS = 500;

export interface PlannedBallotFault {
  readonly atMs: number;
  readonly fault: BallotFault;
}

/** Does a fault disturb nothing but the store? A restarted arbiter is no db agent. */
export function isOfStoreOnly({ kind, targets }: BallotFault): boolean {
  return kind === 'arbiter-restart' || targets.every((target) => target === STORE);
}

export function planFaults(world: BallotWorld, random: SeededRandom): readonly PlannedBallotFault[] {
  const quietFrom = new Map<string, number>();
  const planned: PlannedBallotFault[] = [];
  const count = random.whole(1, 7);
  const times = Array.from({ length: count }, () => random.between(FIRST_FAULT_MS, FAULTS_END_MS)).sort(
    (a, b) => a - b,
  );
  const sleepsAt = random.happens(SLEEP_PROBABILITY) ? times[0] : undefined;
  for (const atMs of times) {
    const fault = (atMs === sleepsAt ? primarySleeps : random.pick(BALLOT_FAULTS))(world, random);
    if (fault.targets.some((target) => (quietFrom.get(target) ?? 0) > atMs)) continue;
    for (const target of fault.targets) quietFrom.set(target, atMs + fault.durationMs + PEACE_MS);
    planned.push({ atMs, fault });
  }
  // Drawn last and for whoever is the primary then, so that it moves none of the others.
  if (random.happens(AGENT_LOST_PROBABILITY))
    planned.push({ atMs: random.between(FIRST_FAULT_MS, FAULTS_END_MS), fault: agentLost(world, random) });
  return planned;
}
