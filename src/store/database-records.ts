/**
 * The shapes of `/databases/<db>/…` in the global store. They mirror src/core/database/state.ts; the compiler checks
 * that the two agree.
 */
import { z } from 'zod';
import type { DatabaseOrder, RefusedOrder } from '../core/database/order.ts';
import type { RebuildOrder } from '../core/database/rebuild-order.ts';
import type { BallotAnswer, DatabaseState, MemberRecord, PrimaryKey } from '../core/database/state.ts';
import { refusalCodes } from '../core/event.ts';
import { defineRecord, type StoredRecord } from './record.ts';
import { revisionField } from './schema.ts';

const name = z.string().min(1);
const position = z.string();
const wallMs = z.number().nonnegative();
const step = z.enum(['poll', 'freeze', 'drain', 'prove']);

const orderKind = z.enum(['switchover', 'failover']);
const lossMs = z.number().nonnegative();
const duration = z.number().positive();
const fenceKind = z.enum(['receipt', 'lease', 'promises', 'ackers', 'itself']);

const receipt = z
  .object({
    node: name,
    term: revisionField,
    bootId: name,
    serverInvocation: z.string(),
    how: z.enum(['server-gone', 'closed']),
    atMs: wallMs,
  })
  .readonly();

const ballot = z
  .object({
    step,
    formerPrimary: name,
    cause: z.string(),
    receipt: receipt.nullable(),
    openedAtMs: wallMs,
    candidate: name.nullable(),
    polled: z.array(name).readonly(),
    excluded: z.array(name).readonly(),
    absentForMs: z.number().nonnegative(),
    catchUp: z.object({ node: name, until: position }).readonly().nullable(),
    lossMs: z.number().nonnegative().nullable(),
    // Added later: a version before it leaves it out.
    ordered: z
      .object({ kind: orderKind, id: name, to: name.nullable(), by: name, acceptLossMs: lossMs.nullable() })
      .readonly()
      .nullable()
      .default(null),
    fences: z
      .array(z.object({ by: fenceKind, nodes: z.array(name).readonly() }).readonly())
      .readonly()
      .default([]),
  })
  .readonly();

const promotion = z
  .object({
    term: revisionField,
    node: name,
    serverId: z.number().int(),
    slavePos: position,
    binlogPos: position,
    binlogState: position,
    lossMs: z.number().nonnegative().nullable().default(null),
    atMs: wallMs.nullable().default(null),
  })
  .readonly();

/** `/databases/<db>/state`, persistent. */
export const databaseStateRecord: StoredRecord<DatabaseState> = defineRecord('database state', {
  term: revisionField,
  primary: name,
  primaryInvocation: z.string(),
  phase: z.enum(['steady', 'ballot', 'unmanaged']),
  timing: z.object({ ttlMs: duration, marginMs: duration }).readonly().nullable().default(null),
  electable: z.array(name).readonly().default([]),
  // A state of a version that knew one acker names none here: nothing is claimed then.
  ackers: z
    .array(z.object({ node: name, account: name.nullable(), invocation: name }).readonly())
    .readonly()
    .default([]),
  ackersVersion: z.number().int().nonnegative().default(0),
  unacknowledgedAtProof: z.number().int().nonnegative().nullable().default(null),
  ballot: ballot.nullable(),
  unfinished: z
    .object({ term: revisionField, outcome: z.enum(['vetoed', 'abandoned', 'retaken', 'undone']) })
    .readonly()
    .nullable(),
  receipt: receipt.nullable(),
  promotions: z.array(promotion).readonly(),
  hold: z.object({ owner: name, reason: z.string(), sinceMs: wallMs }).readonly().nullable(),
  switchedAtMs: wallMs,
});

/** `/databases/<db>/order`, an operator's, deleted by whoever obeys or refuses it. */
export const databaseOrderRecord: StoredRecord<DatabaseOrder> = defineRecord('order', {
  kind: orderKind,
  id: name,
  to: name.nullable(),
  term: revisionField,
  by: name,
  atMs: wallMs,
  acceptLossMs: lossMs.nullable(),
});

/** `/databases/<db>/refused-order`: why the last order that was refused was; written by whoever deletes the order. */
export const refusedOrderRecord: StoredRecord<RefusedOrder> = defineRecord('refused order', {
  id: name,
  code: z.enum(refusalCodes),
  detail: z.string(),
});

/** `/databases/<db>/primary`, under the lease of the primary's own agent. */
export const primaryKeyRecord: StoredRecord<PrimaryKey> = defineRecord('primary key', {
  node: name,
  term: revisionField,
  bootId: name,
  serverInvocation: name,
});

const answer: z.ZodType<BallotAnswer, unknown> = z
  .object({
    term: revisionField,
    step,
    order: z.string().nullable().default(null),
    ok: z.boolean(),
    excluded: z
      .enum([
        'ServerDown',
        'SqlError',
        'ErrantTransactions',
        'NoLogSlaveUpdates',
        'PromoteNever',
        'NoAnswer',
        'Incomplete',
        'NotAReplica',
        'NotElectable',
        'DrainTimeout',
      ])
      .nullable(),
    serverId: z.number().int(),
    receivedPos: position,
    appliedPos: position,
    binlogPos: position,
    binlogState: position,
    followedTerm: revisionField.nullable().default(null),
    writeProbeAgeMs: z.number().nullable(),
    arrivalLagMs: z.number().nullable(),
  })
  .readonly();

/** `/databases/<db>/members/<node>`, under the lease of that node's agent, written when it changes. */
export const memberRecord: StoredRecord<MemberRecord> = defineRecord('database member', {
  node: name,
  region: name,
  bootId: name,
  serverInvocation: z.string(),
  serverUp: z.boolean(),
  readOnly: z.boolean(),
  follows: name.nullable(),
  semiSyncReplica: z.boolean(),
  ackersVersion: z.number().int().nonnegative().nullable().default(null),
  account: name.nullable().default(null),
  quarantined: z.boolean(),
  peer: z
    .url({ protocol: /^https$/ })
    .nullable()
    .default(null),
  rebuilding: z.boolean().default(false),
  seenTerm: revisionField.nullable().default(null),
  policyRevision: revisionField.nullable().default(null),
  answer: answer.nullable(),
});

/** `/databases/<db>/rebuild/<node>`, persistent: an operator's order, and how far the node's agent is with it. */
export const rebuildRecord: StoredRecord<RebuildOrder> = defineRecord('rebuild order', {
  id: name,
  node: name,
  from: name,
  kind: z.enum(['rebuild', 'check', 'discard']),
  term: revisionField,
  isForced: z.boolean(),
  discardsOld: z.boolean(),
  isCancelled: z.boolean(),
  orderedBy: name,
  orderedAtMs: wallMs,
  phase: z.enum([
    'ordered',
    'receive',
    'prepare',
    'stop',
    'swap',
    'start',
    'position',
    'join',
    'undo',
    'refused',
    'done',
    'undone',
  ]),
  bytes: z.number().nonnegative(),
  totalBytes: z.number().nonnegative().nullable(),
  detail: z.string(),
  changedAtMs: wallMs,
});
