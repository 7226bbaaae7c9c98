/**
 * I6: an agent that is gone changes nothing, and one that was stopped in order closes nothing. While nobody runs on a
 * node its server keeps its source and its settings, is never opened, and stays open if it was; the one exception is the
 * dead man's switch, which closes a server whose right has run out, never sooner and never after an orderly stop, unless the
 * store was away for all the life of the agent that was stopped: no hold could be written.
 */
import type { DbAgent } from '../db-agent.ts';
import { MARGIN_MS, TTL_MS } from '../settings.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** What was sent to the server before the agent's end is carried out by then. */
const LAST_CALL_MS = 10;
/** A right that was renewed every fifth of its lease lasts at least this much longer than its agent. */
const RIGHT_LEFT_MS = TTL_MS - MARGIN_MS - (2 * TTL_MS) / 5;

interface Left {
  readonly atMs: number;
  /** Of its server. */
  readonly invocation: string | undefined;
  readonly settings: string;
  readonly isOpen: boolean;
  /** Nothing had disturbed the renewals before. */
  readonly wasWhole: boolean;
}

/** What is known of one agent. */
interface Watched {
  readonly agent: DbAgent;
  goneAtMs: number | undefined;
  left: Left | undefined;
  /** One that had not when it ended can know of no right. */
  hadReadStore: boolean;
}

const settingsOf = ({ server }: DbAgent): string =>
  `${server.invocation} follows ${server.source}, acknowledges: ${server.semiSyncReplica}, waits: ${server.semiSyncPrimary}`;

export function failStatic(world: BallotWorld): BallotChecker {
  const watched: readonly Watched[] = world.agents.map((agent) => ({
    agent,
    goneAtMs: undefined,
    left: undefined,
    hadReadStore: false,
  }));
  const look = (one: Watched, now: number) => {
    const { agent } = one;
    const { host, server } = agent;
    if (agent.isRunning) {
      one.goneAtMs = undefined;
      one.left = undefined;
      one.hadReadStore = agent.hasSeenStore;
      return;
    }
    one.goneAtMs ??= now;
    const atMs = one.goneAtMs;
    if (now - atMs < LAST_CALL_MS) return;
    const isOpen = server.invocation !== undefined && !server.readOnly;
    const before = one.left;
    const { invocation } = server;
    // A server that has ended or was started by somebody else is another one.
    if (before === undefined || invocation !== before.invocation) {
      one.left = { atMs, invocation, settings: settingsOf(agent), isOpen, wasWhole: agent.wasWholeAtEnd };
      return;
    }
    const settings = settingsOf(agent);
    if (settings !== before.settings) {
      world.violated(`I6: nobody runs on ${host.node}, and ${before.settings} became ${settings}`);
    }
    if (isOpen && !before.isOpen) world.violated(`I6: nobody runs on ${host.node}, and its server was opened`);
    if (isOpen || !before.isOpen) return;
    if (agent.isStoppedInOrder && one.hadReadStore)
      world.violated(`I6: ${host.node} was stopped in order, and its server was closed`);
    else if (before.wasWhole && now - atMs < RIGHT_LEFT_MS) {
      world.violated(`I6: the server of ${host.node} was closed ${(now - atMs).toFixed(0)} ms after its agent's end`);
    }
    one.left = { ...before, isOpen };
  };
  return {
    afterStep: () => {
      const now = world.scheduler.nowMs();
      for (const one of watched) look(one, now);
    },
  };
}
