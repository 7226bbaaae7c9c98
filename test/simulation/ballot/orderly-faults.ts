/** What people do to agents in good order: an upgrade, a restart of the unit, a node that is looked after. */
import type { DbAgent } from './db-agent.ts';
import type { MakeBallotFault } from './faults.ts';
import { isWhole } from './strikes.ts';

/** The agent of whoever is the primary is stopped, for a moment or for far longer than a lease, and started again. */
export const agentStop: MakeBallotFault = (world, random) => {
  let stopped: DbAgent | undefined;
  return {
    kind: 'agent-stop',
    targets: ['primary'],
    durationMs: random.happens(0.5) ? random.between(500, 2_000) : random.between(4_000, 9_000),
    begin: () => {
      stopped = world.agents.find((agent) => agent.host.node === world.state()?.primary && isWhole(agent));
      void stopped?.stopInOrder();
    },
    end: () => {
      // One that could not be stopped in time is killed, as systemd does it.
      if (stopped?.isStoppedInOrder === false) stopped.kill();
      stopped?.start();
    },
  };
};
