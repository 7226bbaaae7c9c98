/**
 * I10: when nothing disturbs any more, there is exactly one open primary, it is the recorded one, and every other server
 * that is not quarantined follows it. No order stands.
 */
import { hasEnded } from '../../../../src/core/database/rebuild-order.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function converges(world: BallotWorld): BallotChecker {
  return {
    atEnd: () => {
      for (const complaint of complaints(world)) world.violated(`I10: ${complaint}`);
      if (world.truth.view.orderRevision !== 0n) world.violated('I10: an order still stands');
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
