/**
 * An event as one line for people. Pure: the same event gives the same line. Colour is a function of the caller's, so
 * that nothing here knows of terminals; the machine's form is the event itself through json-text.ts.
 */
import type { Severity } from '../core/event.ts';
import type { ReadEvent } from './event-json.ts';

/** Colours a piece of the line; `plain` leaves it as it is. */
export interface Paint {
  readonly severity: (severity: Severity, text: string) => string;
  readonly name: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string): string => text;

export const plain: Paint = { severity: (_severity, text) => text, name: same, faint: same };

/** Wide enough for every severity, so that the columns stand below each other. */
const SEVERITY_WIDTH = 'critical'.length;

/**
 * @returns `2026-01-01T00:00:00.000Z critical south-2 database:primary:opened keystone: <message> (cause …; epoch 7)`;
 *   never a line break, whatever the event holds
 */
export function formatEvent(event: ReadEvent, paint: Paint = plain): string {
  const line = [
    paint.faint(new Date(event.atMs).toISOString()),
    paint.severity(event.severity, event.severity.padEnd(SEVERITY_WIDTH)),
    event.node,
    paint.name(event.name),
    `${event.subject}: ${event.message}`,
    paint.faint(`(${details(event).join('; ')})`),
  ].join(' ');
  return line.replaceAll(/[\r\n\t]+/g, ' ');
}

function details(event: ReadEvent): readonly string[] {
  return [
    `cause: ${event.cause}`,
    event.refusal === undefined ? undefined : `refused by ${event.refusal}`,
    event.observers === undefined ? undefined : `seen by ${event.observers.join(', ') || 'nobody'}`,
    event.epoch === undefined ? undefined : `epoch ${event.epoch}`,
    event.policyRevision === undefined ? undefined : `policy revision ${event.policyRevision}`,
    ...Object.entries(event.facts ?? {}).map(([name, value]) => `${name} ${factText(value)}`),
  ].filter((part) => part !== undefined);
}

function factText(value: string | number | boolean | null | readonly string[]): string {
  if (value === null) return '-';
  return typeof value === 'object' ? value.join(', ') || '-' : String(value);
}
