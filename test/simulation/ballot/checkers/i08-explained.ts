/**
 * I8: everything is explained. Each event says why, each refusal names its rule, and what a ballot does names its term and
 * the policy; each ballot, each promotion and each closing that happens is told soon after by an agent that has lived on.
 * A write to the store whose answer never came is not told by whoever wrote it: that gap is counted.
 */
import type { EventName, NewEvent } from '../../../../src/core/event.ts';
import type { Host } from '../host.ts';
import type { ModelServer } from '../model-server.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** A closing takes 300 ms, a call to a server at most a second. */
const TOLD_WITHIN_MS = 2_000;

interface Owed {
  readonly what: string;
  readonly sinceMs: number;
  /** Whose words count, with the process that ran on each. */
  readonly by: ReadonlyMap<Host, number>;
  readonly isTold: (host: Host, event: NewEvent) => boolean;
  /** The dead man's switch did it; the agent tells when it reads the report. */
  readonly isOfFence: () => boolean;
}

const isNamed = (event: NewEvent, ...names: readonly EventName[]): boolean => names.includes(event.name);

export function explained(world: BallotWorld): BallotChecker {
  const told: { readonly atMs: number; readonly host: Host; readonly event: NewEvent }[] = [];
  let owed: Owed[] = [];
  let term = 0n;
  const wasOpen = new Map<ModelServer, string>();

  const owe = (what: string, hosts: readonly Host[], isTold: Owed['isTold'], isOfFence = () => false) => {
    const by = new Map(hosts.map((host) => [host, host.agentMachine.lives]));
    owed.push({ what, sinceMs: world.scheduler.nowMs(), by, isTold, isOfFence });
  };
  const judge = ({ what, sinceMs, by, isTold, isOfFence }: Owed): void => {
    const isKnown = told.some(
      ({ atMs, host, event }) => atMs >= sinceMs - TOLD_WITHIN_MS && by.has(host) && isTold(host, event),
    );
    if (isKnown || isOfFence()) return;
    if ([...by.keys()].some(({ path }) => path.lateAtMs >= sinceMs))
      world.counted('an act whose answer was lost was not told');
    else world.violated(`I8: nobody tells that ${what}`);
  };
  const isHindered = ({ by }: Owed): boolean =>
    [...by].some(([{ agentMachine }, lives]) => agentMachine.isFrozen || agentMachine.lives !== lives);

  return {
    onEvent: (host, event) => {
      told.push({ atMs: world.scheduler.nowMs(), host, event });
      if (event.cause === '') world.violated(`I8: ${event.name} of ${host.node} gives no cause`);
      if (event.name.endsWith(':refused') && !event.name.includes(':rebuild:') && event.refusal === undefined) {
        world.violated(`I8: ${event.name} of ${host.node} names no rule`);
      }
      const isAct = /^database:(ballot|primary|switchover):/.test(event.name);
      if (isAct && (event.epoch === undefined || event.policyRevision === undefined)) {
        world.violated(`I8: ${event.name} of ${host.node} names no term or no policy`);
      }
    },
    onOpened: ({ node }) => {
      const { state } = world.truth;
      const host = world.agents.find((agent) => agent.host.node === node)?.host;
      if (host === undefined || state === undefined) return;
      owe(
        `${node} was opened under term ${state.term}`,
        [host],
        (_, event) =>
          isNamed(event, 'database:primary:opened', 'database:primary:adopted') && event.epoch === state.term,
      );
    },
    afterStep: () => {
      const now = world.scheduler.nowMs();
      owed = owed.filter((each) => {
        if (isHindered(each)) return false;
        if (now - each.sinceMs <= TOLD_WITHIN_MS) return true;
        judge(each);
        return false;
      });
      const { state } = world.truth;
      if (state !== undefined && state.term > term && state.phase === 'ballot') {
        const hosts = [...world.arbiters, ...world.agents].map(({ host }) => host);
        owe(
          `the ballot of term ${state.term} was opened`,
          hosts,
          (_, event) =>
            isNamed(event, 'database:ballot:opened', 'database:switchover:started') && event.epoch === state.term,
        );
      }
      term = state?.term ?? term;
      for (const { host, server, isRunning, fence } of world.agents) {
        const before = wasOpen.get(server);
        const isOpen = server.invocation !== undefined && !server.readOnly;
        if (isOpen) wasOpen.set(server, server.invocation ?? '');
        else if (before !== undefined) {
          wasOpen.delete(server);
          if (before === server.invocation && isRunning && !host.agentMachine.isFrozen) {
            owe(
              `${host.node} was closed`,
              [host],
              (_, event) =>
                isNamed(event, 'database:primary:demoted', 'database:primary:killed', 'database:switchover:started'),
              () => fence.actedAtMs > now - TOLD_WITHIN_MS,
            );
          }
        }
      }
    },
  };
}
