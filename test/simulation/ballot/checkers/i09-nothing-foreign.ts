/**
 * I9: whatever an order or a policy names, only members of the database are touched. No server follows one, and no record
 * makes one primary, candidate or acker, that is not a member; a `stranger` is ordered again and again.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

export function nothingForeign(world: BallotWorld): BallotChecker {
  const members = new Set(world.agents.map(({ host }) => host.node));
  const demandMember = (node: string | null | undefined, role: string) => {
    if (node != null && !members.has(node)) world.violated(`I9: ${node}, which is no member, is ${role}`);
  };
  return {
    afterStep: () => {
      for (const { host, server } of world.agents) {
        if (server.source !== undefined && !members.has(server.source))
          demandMember(server.source, `the source of ${host.node}`);
      }
    },
    onState: (state) => {
      demandMember(state.primary, 'the primary');
      for (const { node } of state.ackers) demandMember(node, 'an acker');
      demandMember(state.ballot?.candidate, 'the candidate');
      for (const node of state.electable) demandMember(node, 'electable');
    },
  };
}
