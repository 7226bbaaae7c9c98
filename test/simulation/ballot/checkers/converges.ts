/**
 * I10: when nothing disturbs any more, there is exactly one open primary, it is the recorded one, and every other server
 * that is not quarantined follows it and holds the same writes.
 */
import { hasEnded } from '../../../../src/core/database/rebuild-order.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function converges(world: BallotWorld): BallotChecker {
  return {
    atEnd: () => {
      for (const complaint of complaints(world)) world.violated(`I10: ${complaint}`);
      for (const complaint of divergences(world)) world.violated(`I2: ${complaint}`);
    },
  };
}

/** @returns why the world is not in order (yet); empty if it is */
export function complaints(world: BallotWorld): readonly string[] {
  const state = world.state();
  if (state === undefined) return ['the database was never adopted'];
  const open = world.agents.filter(({ server }) => server.invocation !== undefined && !server.readOnly);
  const found: string[] = [];
  if (state.phase !== 'steady') found.push(`a ballot stands in step ${state.ballot?.step}`);
  if (world.primaryKey()?.node !== state.primary) found.push(`the key is not ${state.primary}'s`);
  if (open.length !== 1 || open[0]?.host.node !== state.primary) {
    found.push(`open are: ${open.map(({ host }) => host.node).join(', ') || 'none'}; recorded is ${state.primary}`);
  }
  for (const { order } of world.truth.view.rebuilds) {
    if (!hasEnded(order.phase)) found.push(`the rebuild of ${order.node} stands in step ${order.phase}`);
  }
  for (const { host, server } of world.agents) {
    if (host.node === state.primary || world.isQuarantined(host.node)) continue;
    const isFollowing =
      server.source === state.primary && server.isReceiving && server.isApplying && server.receiveError === undefined;
    if (!isFollowing)
      found.push(
        `${host.node} does not follow ${state.primary} (${server.applyError ?? server.receiveError ?? 'stopped'})`,
      );
  }
  return found;
}

/** The same transaction must be the same write on every server that takes part. */
function divergences(world: BallotWorld): readonly string[] {
  const primary = world.agents.find(({ host }) => host.node === world.state()?.primary)?.server;
  if (primary === undefined) return [];
  const written = new Map(primary.binlog.map((t) => [`${t.serverId}-${t.seq}`, t.id]));
  return world.agents.flatMap(({ host, server }) => {
    if (server === primary || world.isQuarantined(host.node)) return [];
    const other = server.binlog.find(
      (t) => written.get(`${t.serverId}-${t.seq}`) !== t.id && t.seq <= (primary.binlog.at(-1)?.seq ?? 0),
    );
    return other === undefined
      ? []
      : [`${host.node} has ${other.id} as ${other.serverId}-${other.seq}, the primary has not`];
  });
}
