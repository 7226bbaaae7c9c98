/**
 * I2: what a client was told is there. When a server is opened, everything acknowledged before is on it; after a
 * promotion that said it may lose so many milliseconds, only writes of that time before the old primary's key went may
 * be missing, and never more than the policy's budget.
 */
import type { ModelServer } from '../model-server.ts';
import { PrimaryKeyLog } from '../primary-key-log.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** Clock rates differ, wall clocks are a little apart, and a loss is rounded. */
const TOLERANCE_MS = 60;

export function nothingLost(world: BallotWorld): BallotChecker {
  /** Acknowledged and still owed, with the time of the acknowledgement. */
  const owed = new Map<string, { readonly atMs: number; readonly by: string }>();
  const keys = new PrimaryKeyLog(world);
  const missingOn = (server: ModelServer) => {
    const there = new Set(server.binlog.map(({ id }) => id));
    return [...owed].filter(([id]) => !there.has(id));
  };
  return {
    afterStep: () => keys.look(),
    onWrite: (server, id, outcome) => {
      if (outcome === 'ok') owed.set(id, { atMs: world.scheduler.nowMs(), by: server.node });
    },
    onOpened: (server) => {
      const ballot = world.state()?.ballot;
      const missing = missingOn(server);
      if (missing.length === 0) return;
      const lossMs = ballot?.candidate === server.node ? (ballot.lossMs ?? 0) : 0;
      const sinceMs = keys.formerGoneAtMs - lossMs - TOLERANCE_MS;
      for (const [id, { atMs, by }] of missing) {
        if (lossMs === 0 || atMs < sinceMs) {
          const said = `the promotion said ${lossMs} ms, the key went at ${keys.formerGoneAtMs.toFixed(0)}`;
          world.violated(`I2: ${id}, acknowledged by ${by} at ${atMs.toFixed(0)}, is not on ${server.node}; ${said}`);
        }
        owed.delete(id);
      }
      world.counted('a promotion lost writes within the budget');
    },
    atEnd: () => {
      const primary = world.agents.find(({ host }) => host.node === world.state()?.primary);
      if (primary === undefined) return;
      for (const [id, { by, atMs }] of missingOn(primary.server)) {
        world.violated(`I2: ${id}, acknowledged by ${by} at ${atMs.toFixed(0)}, is not on the primary at the end`);
      }
    },
  };
}
