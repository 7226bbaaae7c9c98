/**
 * From a seed to a schedule: which faults happen when. An agent has one fault at a time and then some peace, and the
 * store has one at a time, so that each fault's own promise can be judged; everything else may overlap.
 */
import type { Agent } from './agent.ts';
import { earlyRevocation, type Fault, ORDINARY_FAULTS } from './faults.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

export interface PlannedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

/** Everybody has found a leader by then. */
const FIRST_FAULT_MS = 3_000;
export const FAULTS_END_MS = 32_000;
const PEACE_MS = 2_500;

export function planFaults(world: World, random: SeededRandom): readonly PlannedFault[] {
  const quietFrom = new Map<Agent | 'store', number>();
  const planned: PlannedFault[] = [];
  const count = random.whole(2, 9);
  const times = Array.from({ length: count }, () => random.between(FIRST_FAULT_MS, FAULTS_END_MS)).sort(
    (a, b) => a - b,
  );
  for (const atMs of times) {
    const agent = random.pick(world.agents as readonly [Agent, ...Agent[]]);
    const isRevocation = world.options.earlyRevocation && random.happens(0.3);
    const fault = (isRevocation ? earlyRevocation : random.pick(ORDINARY_FAULTS))(world, agent, random);
    const disturbed = fault.kind === 'minority' ? [agent, 'store' as const] : [fault.agent ?? ('store' as const)];
    if (disturbed.some((part) => (quietFrom.get(part) ?? 0) > atMs)) continue;
    for (const part of disturbed) quietFrom.set(part, atMs + fault.durationMs + PEACE_MS);
    planned.push({ atMs, fault });
  }
  return planned;
}
