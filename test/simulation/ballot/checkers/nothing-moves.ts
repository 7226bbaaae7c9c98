/**
 * No false positive: whatever is shorter than the lease closes no primary and opens no other server. It looks between two
 * moments: the database is managed by the first, and nobody orders anything before the second.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function nothingMoves(fromMs: number, untilMs: number): (world: BallotWorld) => BallotChecker {
  return (world) => {
    let primary: string | undefined;
    const looks = () => world.scheduler.nowMs() >= fromMs && world.scheduler.nowMs() < untilMs;
    return {
      afterStep: () => {
        if (!looks()) return;
        primary ??= world.promotion.primary;
        const server = world.serverOf(primary ?? '');
        const isOpen = server !== undefined && server.invocation !== undefined && !server.readOnly;
        if (!isOpen) world.violated(`demotion: ${primary ?? 'nobody'} is closed after a blip`);
      },
      onPromoted: (server) => {
        if (looks()) world.violated(`promotion: ${server.node} becomes the primary after a blip`);
      },
    };
  };
}
