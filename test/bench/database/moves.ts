/** What moved during a run of blips, and which blip came before it. Pure. */

import type { ReadEvent } from '../../../src/audit/event-json.ts';
import type { OpennessChange } from '../../demo/database-observer.ts';
import type { Blip } from './blips.ts';

export interface MadeBlip extends Blip {
  /** Wall time, to find the blip of an event. */
  readonly beganAtMs: number;
  /** What it lasted by the clock of what made it; null where no length was asked for. */
  readonly tookMs: number | null;
  /** The longest time without an acknowledged write, from its beginning to the next one's; null: it had not ended. */
  readonly silenceMs: number | null;
  readonly droppedPackets: number;
  readonly load: number;
}

export interface Move {
  readonly kind: 'promotion' | 'demotion';
  readonly what: string;
  /** The last blip before it. */
  readonly blip: MadeBlip | undefined;
  /** That blip had lasted longer than the lease forgives. */
  readonly isExcused: boolean;
}

const PROMOTED = /^database:primary:opened$/;
const DEMOTED = /^database:primary:(demoted|killed|fenced)$/;

export interface Seen {
  readonly primary: string;
  readonly events: readonly Pick<ReadEvent, 'name' | 'node' | 'atMs'>[];
  readonly changes: readonly OpennessChange[];
  readonly blips: readonly MadeBlip[];
  readonly limitMs: number;
  /** The same moment on the wall clock, which events bear, and on the monotonic one, which the observer uses. */
  readonly clockMs: { readonly wallMs: number; readonly ms: number };
}

type Found = Pick<Move, 'kind' | 'what'> & { readonly atMs: number };

/** What moved, by regent's own events and by what the servers themselves answered. Pure. */
export function movesOf({ primary, events, changes, blips: made, limitMs, clockMs }: Seen): readonly Move[] {
  const told = events.flatMap(({ name, node, atMs }): readonly Found[] => {
    if (PROMOTED.test(name)) return [{ kind: 'promotion', what: `${node} ${name}`, atMs }];
    return DEMOTED.test(name) ? [{ kind: 'demotion', what: `${node} ${name}`, atMs }] : [];
  });
  const seen = changes.flatMap(({ host, to, atMs: monotonicMs }): readonly Found[] => {
    const atMs = monotonicMs - clockMs.ms + clockMs.wallMs;
    if (host !== primary && to === 'open') return [{ kind: 'promotion', what: `${host} was open`, atMs }];
    const isClosed = host === primary && to === 'read-only';
    return isClosed ? [{ kind: 'demotion', what: `${host} was closed`, atMs }] : [];
  });
  return [...told, ...seen]
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ kind, what, atMs }) => {
      const blip = made.findLast((each) => each.beganAtMs <= atMs);
      return { kind, what, blip, isExcused: (blip?.tookMs ?? 0) > limitMs };
    });
}
