/** A loop of a simulated agent; a defect in its work is a violation of the run. */
import type { Clock, Random, Timers } from '../../../src/core/clock.ts';
import { type TickFailure, TickLoop } from '../../../src/runtime/tick-loop.ts';
import type { BallotWorld } from './world.ts';

const TICK_TIMEOUT_MS = 60_000;

export interface AgentLoopOptions {
  readonly node: string;
  readonly name: string;
  readonly everyMs: number;
  /** @returns in how many ms it is to be called again, if it is a number */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
}

export function agentLoop(
  world: BallotWorld,
  process: { readonly clock: Clock; readonly timers: Timers; readonly random: Random },
  { node, name, everyMs, work }: AgentLoopOptions,
): TickLoop {
  const onFailed = ({ kind, error }: TickFailure) => {
    if (kind === 'defect') world.violated(`defect: ${node} ${name}: ${String(error)}`);
  };
  const tick = async (signal: AbortSignal) => {
    const wantedMs = await work(signal);
    return typeof wantedMs === 'number' ? wantedMs : undefined;
  };
  return new TickLoop({ ...process, onTick: () => {}, onFailed }, { name, everyMs, timeoutMs: TICK_TIMEOUT_MS, tick });
}
