/**
 * I3: a server is opened only while the store's majority says that the key is its node's. Going blind opens nothing. A
 * lease that the store revokes too early is believed until its holder hears of it (etcd #15247); that is counted apart.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function noMinority(world: BallotWorld): BallotChecker {
  return {
    onOpened: (server) => {
      const holder = world.primaryKey()?.node;
      if (holder === server.node) return;
      if (world.thaws.isThawing(server.node)) {
        world.counted('a thawed server was opened by what had been sent before');
        return;
      }
      if (world.scheduler.nowMs() - world.revokedAtMs < world.policies.ttlMs) {
        world.counted('a server was opened whose lease had been revoked too early');
        return;
      }
      world.violated(`I3: ${server.node} is opened while the key is ${holder === undefined ? 'gone' : `${holder}'s`}`);
    },
  };
}
