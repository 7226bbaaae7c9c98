/**
 * I1: at no moment can two servers acknowledge a client's write; a server that has just thawed is counted apart. The key
 * of a switchover is given away by a closed server only.
 */
import type { DatabaseState } from '../../../../src/core/database/state.ts';
import type { ModelServer } from '../model-server.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function oneWriter(world: BallotWorld): BallotChecker {
  let handedOver = 0n;
  const lookAtKey = (state: DatabaseState) => {
    if (state.ballot?.ordered?.kind !== 'switchover' || state.term === handedOver) return;
    handedOver = state.term;
    const former = world.serverOf(state.ballot.formerPrimary);
    if (former?.invocation === state.primaryInvocation && !former.readOnly) {
      world.violated(`I1: ${former.node} gave its key away while it was open`);
    }
  };
  return {
    onState: lookAtKey,
    afterStep: () => {
      let open = 0;
      for (const { server } of world.agents) if (isOpen(server)) open += 1;
      if (open < 2) return;
      const writers = world.agents.filter(({ server }) => canAcknowledge(world, server)).map(({ host }) => host.node);
      if (writers.length < 2) return;
      if (writers.filter((node) => !world.thaws.isBeyondPromise(node)).length < 2) {
        world.counted('steps in which a thawed server could acknowledge beside the primary');
        return;
      }
      world.violated(`I1: ${writers.join(' and ')} can acknowledge writes at once`);
    },
  };
}

const isOpen = (server: ModelServer): boolean => server.invocation !== undefined && !server.readOnly;

/** Could a client's write be acknowledged at this instant? */
function canAcknowledge({ network }: BallotWorld, server: ModelServer): boolean {
  if (!isOpen(server) || server.machine.isFrozen) return false;
  if (!server.semiSyncPrimary) return true;
  return server.streams.some(({ isSemiSync, isBroken, replica, source }) => {
    const isWhole = isSemiSync && !isBroken && network.isUp(source.node, replica.node);
    return isWhole && replica.isReceiving && !replica.machine.isFrozen;
  });
}
