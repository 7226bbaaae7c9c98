/**
 * An event as text, and back. The journal's line and the store's value are the same text, so that what is shipped is
 * what was made durable. Reading is lenient where versions differ: an event's name or refusal that this version does
 * not know is shown as it is, because a reader explains the past and never acts on it.
 */
import { z } from 'zod';
import type { AuditEvent, Severity } from '../core/event.ts';
import { Malformed } from '../store/errors.ts';
import { eventKey } from '../store/keys.ts';
import { eventRecord, revisionField } from '../store/schema.ts';
import { jsonText } from './json-text.ts';

/** An event as it is read back, possibly from another version of regent. */
export interface ReadEvent extends Omit<AuditEvent, 'name' | 'refusal'> {
  readonly name: string;
  readonly refusal?: string;
}

export type ReadResult =
  | { readonly ok: true; readonly event: ReadEvent }
  | { readonly ok: false; readonly problem: Malformed };

const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()).readonly()]);

const schema = z.object({
  id: z.string().min(1),
  atMs: z.number().int(),
  node: z.string(),
  region: z.string(),
  severity: z.enum(['info', 'warning', 'critical'] satisfies Severity[]),
  name: z.string(),
  subject: z.string(),
  message: z.string(),
  cause: z.string(),
  refusal: z.string().exactOptional(),
  observers: z.array(z.string()).readonly().exactOptional(),
  policyRevision: revisionField.exactOptional(),
  epoch: revisionField.exactOptional(),
  facts: z.record(z.string(), fact).readonly().exactOptional(),
});

/** @returns one line without a line break: the store's value and, with `\n`, the journal's line. */
export function eventText(event: AuditEvent): string {
  return eventRecord.encode({ event: JSON.parse(jsonText(event)) });
}

/** @param text what `eventText` made, of this version or another one */
export function readEvent(id: string, text: string): ReadResult {
  const key = eventKey(id);
  const found = eventRecord.read(key, text);
  if (!found.ok) return found;
  const result = schema.safeParse(found.value.event);
  if (result.success) return { ok: true, event: result.data };
  const issue = result.error.issues[0];
  const detail = `the event is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown reason'}`;
  return { ok: false, problem: new Malformed(key, detail, 'it is left out of what is shown', result.error) };
}
