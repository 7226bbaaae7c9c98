/** What a roll-out by files looked like, from the events of the region's nodes: who had its turn when, and how long each took. */

import type { ReadEvent } from '../../../src/audit/event-json.ts';
import type { RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { describe, RegentView } from '../regent-view.ts';
import { addressOf } from './file-route.ts';

export interface RolloutSeen {
  /** By the wall clock: when the leader had decided. */
  readonly startedMs: number;
  /** From the decision to the word of the last node. */
  readonly tookMs: number;
  /** `<node> begins` and `<node> ends`, in the order in which that happened. */
  readonly turns: readonly string[];
  /** From its turn to its word that each of its services has validated a fresh token, in the order of the turns. */
  readonly perNodeMs: readonly number[];
}

export interface RolloutWanted {
  readonly region: RegionName;
  /** Whose Keystones its services go to. */
  readonly to: RegionName;
  readonly sinceWallMs: number;
  readonly signal: AbortSignal;
}

const FINISHED_WITHIN_MS = 240_000;

/** @throws NotInTime with the events, if it does not end */
export async function rolloutSeen({ region, to, sinceWallMs, signal }: RolloutWanted): Promise<RolloutSeen> {
  const options = { timeoutMs: FINISHED_WITHIN_MS, pauseMs: 200, signal };
  let events: readonly ReadEvent[] = [];
  await waitUntil('the roll-out', options, async () => {
    events = (await new RegentView().events(region, sinceWallMs)).filter(({ name }) => name.startsWith('identity:'));
    return { ok: events.some((each) => isOf(each, 'finished', to)), detail: describe(events, 20) };
  });
  const at = (step: string): number => events.find((each) => isOf(each, step, to))?.atMs ?? Number.NaN;
  const turns = events.flatMap(turnOf);
  const ended = turns.filter(({ isBegun }) => !isBegun);
  return {
    startedMs: at('started'),
    tookMs: at('finished') - at('started'),
    turns: turns.map(({ node, isBegun }) => `${node} ${isBegun ? 'begins' : 'ends'}`),
    perNodeMs: ended.map(({ node, atMs }) => {
      const begun = turns.find((each) => each.node === node && each.isBegun);
      return atMs - (begun?.atMs ?? Number.NaN);
    }),
  };
}

function isOf({ name, facts }: ReadEvent, step: string, to: RegionName): boolean {
  return name === `identity:rollout:${step}` && facts?.to === addressOf(to);
}

function turnOf({ name, node, atMs, facts }: ReadEvent) {
  if (name === 'identity:configuration:applied') return [{ node, atMs, isBegun: false }];
  if (name !== 'identity:rollout:advanced' || typeof facts?.node !== 'string') return [];
  return [{ node: facts.node, atMs, isBegun: true }];
}
