/** Rows about regent's own agent on the primary's host; the database itself is well. */

import { AGENT_UNIT } from '../../bed/agents.ts';
import { killForGood, killUnit } from '../../bed/faults.ts';
import type { FaultRow } from '../row.ts';
import { prepareClock, stepClock } from '../step-clock.ts';
import { bounds, type Timing } from '../timing.ts';

export const agentRows: readonly FaultRow[] = [
  {
    name: 'agent-restarted',
    what: "kill -9 of the primary's agent, which systemd starts again: nothing moves",
    shows: ['I6', 'I10'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: ({ ttlMs }) => 3 * ttlMs,
    make: ({ primary }) => killUnit(primary, AGENT_UNIT),
  },
  {
    name: 'agent-frozen',
    what: "SIGSTOP of the primary's agent; its mariadbd works",
    shows: ['I1', 'I2', 'I6'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(() => killUnit(primary, AGENT_UNIT, 'SIGCONT'));
      await killUnit(primary, AGENT_UNIT, 'SIGSTOP');
    },
  },
  {
    name: 'agent-killed',
    what: "kill -9 of the primary's agent for good; its mariadbd works",
    shows: ['I1', 'I2', 'I6'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(await killForGood(primary, AGENT_UNIT));
    },
  },
  {
    name: 'clock-stepped',
    what: "the wall clock that the primary's agent, dead man's switch and mariadbd see goes an hour ahead, and back again: nothing moves",
    shows: ['I1', 'I5'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: clockStandsMs,
    prepare: prepareClock,
    make: (scene) => stepClock(scene, clockStandsMs(scene.timing)),
  },
];

/** Long enough for every lease to be renewed several times under either clock. */
function clockStandsMs({ ttlMs }: Timing): number {
  return 6 * ttlMs;
}
