/**
 * I2: what a client was told is there. When a server becomes the recorded primary, and again when it is opened,
 * everything acknowledged before is on it; after a promotion that said it may lose so many milliseconds, only writes of
 * that time before the old primary's key went may be missing, and never more than the policy's budget.
 */
import type { ModelServer } from '../model-server.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** Clock rates differ, wall clocks are a little apart, and a loss is rounded. */
const TOLERANCE_MS = 60;

export function nothingLost(world: BallotWorld): BallotChecker {
  /** Acknowledged and still owed, with the time of the acknowledgement. */
  const owed = new Map<string, { readonly atMs: number; readonly by: string }>();
  const missingOn = (server: ModelServer) => {
    const there = new Set(server.binlog.map(({ id }) => id));
    return [...owed].filter(([id]) => !there.has(id));
  };
  const demand = (server: ModelServer, lossMs: number, when: string) => {
    const missing = missingOn(server);
    const sinceMs = world.promotion.formerGoneAtMs - lossMs - TOLERANCE_MS;
    for (const [id, { atMs, by }] of missing) {
      owed.delete(id);
      if (lossMs > 0 && atMs >= sinceMs) continue;
      const said = `loss of ${lossMs} ms, the key had gone at ${world.promotion.formerGoneAtMs.toFixed(0)}`;
      world.violated(
        `I2: ${id}, acknowledged by ${by} at ${atMs.toFixed(0)}, is not on ${server.node} ${when} (${said})`,
      );
    }
    if (missing.length > 0) world.counted('a promotion lost writes within the budget');
  };
  return {
    onPromoted: (server) => {
      demand(server, world.promotion.lossMs, 'when it becomes the primary');
      const missing = leftBehind(world, server);
      if (missing !== undefined) world.violated(`I2: ${missing} of the closed primary is not on ${server.node}`);
    },
    onWrite: (server, id, outcome) => {
      if (outcome !== 'ok') return;
      if (server.node !== world.promotion.primary && world.thaws.isBeyondPromise(server.node)) {
        world.counted('a former primary that thawed acknowledged a write');
        return;
      }
      owed.set(id, { atMs: world.scheduler.nowMs(), by: server.node });
    },
    onOpened: (server) => demand(server, 0, 'when it is opened'),
    atEnd: () => {
      const server = world.serverOf(world.state()?.primary ?? '');
      if (server !== undefined) demand(server, 0, 'at the end');
      for (const divergence of divergences(world)) world.violated(`I2: ${divergence}`);
    },
  };
}

/** A switchover hands everything over, also what nobody was told. */
function leftBehind(world: BallotWorld, server: ModelServer): string | undefined {
  const ballot = world.state()?.ballot;
  if (ballot?.ordered?.kind !== 'switchover') return undefined;
  const there = new Set(server.binlog.map(({ id }) => id));
  return world.serverOf(ballot.formerPrimary)?.binlog.find(({ id }) => !there.has(id))?.id;
}

/** The same transaction must be the same write on every server that takes part, and none is passed over. */
function divergences(world: BallotWorld): readonly string[] {
  const primary = world.agents.find(({ host }) => host.node === world.state()?.primary)?.server;
  if (primary === undefined) return [];
  const written = new Map(primary.binlog.map((t) => [`${t.serverId}-${t.seq}`, t.id]));
  return world.agents.flatMap(({ host, server }) => {
    if (server === primary || world.isQuarantined(host.node)) return [];
    const other = server.binlog.find(
      (t) => written.get(`${t.serverId}-${t.seq}`) !== t.id && t.seq <= (primary.binlog.at(-1)?.seq ?? 0),
    );
    if (other !== undefined)
      return [`${host.node} has ${other.id} as ${other.serverId}-${other.seq}, the primary has not`];
    const there = new Set(server.binlog.map(({ id }) => id));
    const upTo = server.slavePos?.seq ?? 0;
    const passed = primary.binlog.find(({ id, seq }) => seq <= upTo && !there.has(id));
    return passed === undefined
      ? []
      : [`${host.node} has passed over ${passed.id} at ${passed.serverId}-${passed.seq}`];
  });
}
