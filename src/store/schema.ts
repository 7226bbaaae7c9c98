/**
 * The shapes of the values in the stores, one record per kind of key in keys.ts. Epochs are int64 and travel as
 * decimal strings, because JSON's numbers do not hold them. What is free-form here (`spec`, events, the database's
 * own records) gets its shape from the part that owns it.
 */
import { z } from 'zod';
import { defineRecord, type StoredRecord } from './record.ts';

export { defineRecord, type StoredRecord };

/** A revision or epoch: a bigint in the program, a decimal string in the store. */
export const revisionField = z.codec(z.string().regex(/^\d{1,19}$/, 'must be a decimal number'), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});

const name = z.string().min(1);

/** Anything that JSON can hold; its owner checks the rest. */
const json = z.unknown().refine((value) => value !== undefined, 'is missing');

/** `/nodes/<node>`: presence of an agent, under its lease. */
export const nodeRecord = defineRecord('node', {
  region: name,
  roles: z.array(z.enum(['api', 'proxy', 'db'])).readonly(),
  addresses: z.array(name).readonly(),
  version: name,
  bootId: name,
  /** Base URL at which other nodes reach the agent's `/status`; null while it listens on loopback only. */
  http: z.string().nullable().default(null),
});
export type NodeRecord = RecordOf<typeof nodeRecord>;

/** `/observations/<node>/<probe>`: what a probe saw, under the agent's lease; `since` is the ISO time of the change, for people. */
export const observationRecord = defineRecord('observation', {
  health: z.enum(['ok', 'degraded', 'failed', 'unknown']),
  detail: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
  since: name,
});
export type ObservationRecord = RecordOf<typeof observationRecord>;

/** `/leader/current` and `/arbiter/current`: who holds the election. The epoch is the key's create revision. */
export const leaderRecord = defineRecord('leader', { node: name, region: name, bootId: name });
export type LeaderRecord = RecordOf<typeof leaderRecord>;

/** `/desired/<kind>/<name>`: a decision of the leader of that epoch, made from that policy revision. */
export const desiredRecord = defineRecord('decision', {
  epoch: revisionField,
  policyRevision: revisionField,
  spec: json,
});
export type DesiredRecord = RecordOf<typeof desiredRecord>;

/** `/applied/<node>/<kind>/<name>`: the epoch that a node has put into effect, read back. */
export const appliedRecord = defineRecord('applied state', {
  epoch: revisionField,
  ok: z.boolean(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
});
export type AppliedRecord = RecordOf<typeof appliedRecord>;

/** `/holds/<scope>`: an operator's pause; `expiresAtMs` is wall time, because operators read it. */
export const holdRecord = defineRecord('hold', {
  scope: name,
  owner: name,
  reason: z.string(),
  expiresAtMs: z.number().int().nonnegative(),
});
export type HoldRecord = RecordOf<typeof holdRecord>;

/** `/events/<id>`: one event of the audit trail, as its recorder wrote it. */
export const eventRecord = defineRecord('event', { event: json });
export type EventRecord = RecordOf<typeof eventRecord>;

/**
 * `/accepted/<name>`: the last text of a policy that passed every check, and its revision. Retired: the text was deleted,
 * and what is managed by it is still to be let go, as by a policy that only observes.
 */
export const acceptedRecord = defineRecord('accepted policy', {
  text: z.string(),
  revision: revisionField,
  isRetired: z.boolean().default(false),
});
export type AcceptedRecord = RecordOf<typeof acceptedRecord>;

/** `/rejected/<name>`: why the policy text of that revision was refused. */
export const rejectedRecord = defineRecord('rejected policy', {
  revision: revisionField,
  problems: z
    .array(z.object({ field: z.string(), value: z.string(), remedy: z.string(), message: z.string() }).readonly())
    .readonly(),
});
export type RejectedRecord = RecordOf<typeof rejectedRecord>;

/** `/regions/<region>` in the global store: the region's leader, by its epoch in the regional store. */
export const regionRecord = defineRecord('region', { leader: name, epoch: revisionField });
export type RegionRecord = RecordOf<typeof regionRecord>;

/** The value type of a record. */
export type RecordOf<R> = R extends StoredRecord<infer T> ? T : never;
