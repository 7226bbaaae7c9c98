/** Which events `regentctl events` shows: since when, and how bad. Pure. */
import type { ReadEvent } from '../audit/event-json.ts';
import type { Severity } from '../core/event.ts';
import { durationMs } from '../policy/duration.ts';

const BY_WEIGHT: readonly Severity[] = ['info', 'warning', 'critical'];
const PART = /(\d{1,9})(ms|s|m|h|d)/g;
const WHOLE = /^(\d{1,9}(ms|s|m|h|d))+$/;
const HOURS_PER_DAY = 24;

/**
 * @param text a length of time (`90s`, `1h30m`, `2d`), counted back from now, or a time (`2026-01-31T12:00:00Z`; without
 *   a zone it is local time)
 * @returns wall time in ms, or undefined if the text is neither
 */
export function sinceMs(text: string, wallMs: number): number | undefined {
  if (WHOLE.test(text)) {
    const parts = [...text.matchAll(PART)].map(([, amount = '', unit = '']) =>
      unit === 'd' ? durationMs(`${Number(amount) * HOURS_PER_DAY}h`) : durationMs(`${Number(amount)}${unit}`),
    );
    return wallMs - parts.reduce((sum, part) => sum + part, 0);
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** @returns undefined if it is no severity */
export function severityOf(text: string): Severity | undefined {
  return BY_WEIGHT.find((each) => each === text);
}

/** @param atLeast events of this severity and of worse ones */
export function isShown(event: ReadEvent, fromMs: number, atLeast: Severity): boolean {
  return event.atMs >= fromMs && BY_WEIGHT.indexOf(event.severity) >= BY_WEIGHT.indexOf(atLeast);
}
