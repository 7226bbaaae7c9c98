/**
 * I5: leadership changes hands only for a cause that lies with its holder. Store elections, store outages, compaction,
 * a set wall clock and a restart within the TTL are no causes, alone or together.
 */
import { TTL_MS } from '../timing.ts';
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

/** A cause may show its effect only after the lease has run out and been looked for. */
const EFFECT_WITHIN_MS = 2 * TTL_MS;

export function noHop(world: World): Checker {
  let epochBefore: bigint | undefined;
  let holder = '';

  const hasCause = (): boolean => {
    const now = world.scheduler.nowMs();
    const downMs = world.disturbances
      .filter(({ agent }) => agent === undefined)
      .reduce((sum, { beganAtMs, endedAtMs = now }) => sum + endedAtMs - beganAtMs, 0);
    return world.disturbances.some(
      ({ agent, mayCost, endedAtMs = now }) =>
        mayCost && agent?.name === holder && now - endedAtMs <= EFFECT_WITHIN_MS + downMs,
    );
  };

  return {
    onElected: ({ name }, epoch) => {
      if (epochBefore !== undefined && epoch !== epochBefore && !hasCause()) {
        world.violated(`I5: leadership went from ${holder} (${epochBefore}) to ${name} (${epoch}) without a cause`);
      }
      epochBefore = epoch;
      holder = name;
    },
  };
}
