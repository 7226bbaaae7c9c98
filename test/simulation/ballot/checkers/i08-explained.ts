/**
 * I8: everything is explained. Each event says why, each refusal names its rule, and what a ballot does names its term and
 * the policy; each ballot, each opening and each closing that happens is told soon after.
 */

import type { DatabaseState } from '../../../../src/core/database/state.ts';
import { STORE_ADOPTED } from '../../../../src/core/database/store-adoption.ts';
import type { NewEvent } from '../../../../src/core/event.ts';
import type { DbAgent } from '../db-agent.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';
import { OwedEvents, TOLD_WITHIN_MS } from './owed-events.ts';

interface Watched {
  readonly agent: DbAgent;
  open: string | undefined;
}

export function explained(world: BallotWorld): BallotChecker {
  const owed = new OwedEvents(world);
  /** The process of each server, while it is open. */
  const watched = world.agents.map((agent): Watched => ({ agent, open: undefined }));
  let term = 0n;
  let phase: DatabaseState['phase'] = 'steady';

  const lookAtTerm = (state: DatabaseState) => {
    if (state.term === term) return;
    term = state.term;
    // One that goes on under a higher term was opened, and told, before.
    // The operator who adopts a store is told by the command.
    const isNew = phase === 'steady' && state.phase === 'ballot' && state.ballot?.cause !== STORE_ADOPTED;
    if (!isNew) return;
    owed.owe({
      what: `the ballot of term ${term} was opened`,
      hosts: [...world.arbiters, ...world.agents].map(({ host }) => host),
      names: ['database:ballot:opened', 'database:switchover:started'],
      term,
    });
  };
  const lookAtServer = (one: Watched) => {
    const { agent, open: before } = one;
    const { host, server, fence } = agent;
    const { invocation } = server;
    if (invocation !== undefined && !server.readOnly) {
      one.open = invocation;
      return;
    }
    if (before === undefined) return;
    one.open = undefined;
    if (before !== invocation || !agent.isRunning) return;
    const now = host.fenceMachine.clock.nowMs();
    owed.owe({
      what: `${host.node} was closed`,
      hosts: [host],
      names: ['database:primary:demoted', 'database:primary:killed', 'database:switchover:started'],
      // The agent tells of it when it reads the fence's report.
      isExcused: () => fence.actedAtMs > now - TOLD_WITHIN_MS,
    });
  };

  return {
    onEvent: (host, event) => {
      owed.tell(host, event);
      for (const gap of gapsOf(event)) world.violated(`I8: ${event.name} of ${host.node} names no ${gap}`);
    },
    onOpened: ({ node }) => {
      const agents = world.agents.filter(({ host }) => host.node === node);
      if (agents.some((agent) => !agent.isRunning)) {
        world.counted('a server was opened by the last word of an agent that was killed');
        return;
      }
      const hosts = agents.map(({ host }) => host);
      const names = ['database:primary:opened', 'database:primary:adopted'] as const;
      owed.owe({ what: `${node} was opened in term ${term}`, hosts, names, term: world.truth.state?.term ?? term });
    },
    onState: (state) => {
      lookAtTerm(state);
      phase = state.phase;
    },
    afterStep: () => {
      owed.settle();
      for (const one of watched) lookAtServer(one);
    },
  };
}

/** @returns what an event leaves out */
function gapsOf({ name, cause, refusal, epoch, policyRevision }: NewEvent): readonly string[] {
  const isRefusal = name.endsWith(':refused') && !name.startsWith('database:rebuild:');
  const isAct = /^database:(ballot|primary|switchover):/.test(name);
  return [
    ...(cause === '' ? ['cause'] : []),
    ...(isRefusal && refusal === undefined ? ['rule'] : []),
    ...(isAct && epoch === undefined ? ['term'] : []),
    ...(isAct && policyRevision === undefined ? ['policy'] : []),
  ];
}
