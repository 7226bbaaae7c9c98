/**
 * What was seen of a fault, and what follows from it. Pure. Times are on the machine's monotonic clock; those of events
 * have been converted.
 */

import type { ReadEvent } from '../../src/audit/event-json.ts';
import type { FenceKind } from '../../src/core/database/fences.ts';
import type { OpennessChange } from '../demo/database-observer.ts';
import type { Sample } from '../demo/sample.ts';

export interface Seen {
  /** The host whose database was open before. */
  readonly primary: string;
  readonly faultMs: number;
  /** Of clients that write through a region's route. */
  readonly byRoute: readonly Sample[];
  /** Of clients beside a server. */
  readonly direct: readonly Sample[];
  readonly changes: readonly OpennessChange[];
  readonly events: readonly ReadEvent[];
}

/** When another server was seen open for the first time; undefined: never. */
export function openedElsewhereMs({ changes, primary }: Pick<Seen, 'changes' | 'primary'>): number | undefined {
  return changes.find(({ host, to }) => host !== primary && to === 'open')?.atMs;
}

/**
 * For how long a server went on acknowledging after another one was open, in ms.
 *
 * @param server - its `server_id`
 */
export function acknowledgedBesideMs(samples: readonly Sample[], server: number, openedMs: number | undefined): number {
  if (openedMs === undefined) return 0;
  const late = samples.filter((each) => each.ok && each.server === server).map(({ endMs }) => endMs - openedMs);
  return Math.max(0, ...late);
}

/** What came before the former primary was closed and should not have, by the events' names; undefined: it never was. */
export function beforeItsClosing({ changes, primary, events }: Seen, names: RegExp): readonly string[] | undefined {
  const closedMs = changes.find(({ host, to }) => host === primary && to !== 'open')?.atMs;
  if (closedMs === undefined) return undefined;
  return events
    .filter(({ name, atMs }) => names.test(name) && atMs < closedMs)
    .map(({ name, node }) => `${node} ${name}`);
}

/** Any of them tells of a promotion, and why it was safe: its arbiter, or its candidate, may have been killed in the middle. */
const PROMOTION_EVENTS = ['database:ballot:chosen', 'database:ballot:closed'];

/** Promotions whose events lack evidence, in words; undefined: there was no promotion. */
export function unexplained(events: readonly ReadEvent[], kinds: readonly FenceKind[]): readonly string[] | undefined {
  const promotions = Map.groupBy(
    events.filter(({ name }) => PROMOTION_EVENTS.includes(name)),
    ({ epoch }) => epoch,
  );
  if (promotions.size === 0) return undefined;
  return [...promotions].flatMap(([term, told]) => {
    const named = fencesTold(told).map((fence) => fence.split(' ')[0] ?? '');
    const missing = kinds.filter((kind) => !named.includes(kind));
    return named.length > 0 && missing.length === 0 ? [] : [`term ${term} names ${named.join(', ') || 'nothing'}`];
  });
}

/** The evidence that the promotions named. */
export function fencesTold(events: readonly ReadEvent[]): readonly string[] {
  const promotions = events.filter(({ name }) => PROMOTION_EVENTS.includes(name));
  return [...new Set(promotions.flatMap(({ facts }) => [facts?.fences ?? []].flat().map(String)))];
}
