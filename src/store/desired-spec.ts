/**
 * The `spec` of `/desired/<kind>/<name>`, as the core knows it (src/core/desired.ts). A spec that does not fit is
 * `Malformed` like any other value: the nodes then keep what they were last told.
 */
import { z } from 'zod';
import type { Desired } from '../core/desired.ts';
import { Malformed } from './errors.ts';
import { revisionField } from './schema.ts';

const name = z.string().min(1);
const names = z.array(name).readonly();

const vip = z
  .object({
    kind: z.literal('vip'),
    name,
    unfit: names,
    wanted: z
      .object({
        address: name,
        interface: name,
        virtualRouterId: z.number().int(),
        advertIntervalMs: z.number().int(),
        nodes: names,
        peers: z.record(name, name).readonly(),
      })
      .readonly(),
  })
  .readonly();

const rollout = z
  .object({
    decision: revisionField,
    layout: z.enum(['debian', 'redhat', 'kolla']),
    services: names,
    from: names,
    to: name,
    nodes: names,
    nodeTimeoutMs: z.number().positive(),
    turn: name.nullable(),
    turnNumber: z.number().int().nonnegative(),
    without: names,
    left: name.nullable(),
    isBack: z.boolean(),
  })
  .readonly();

const identity = z
  .object({
    kind: z.literal('identity'),
    name,
    state: z.enum(['home', 'suspect', 'isolated', 'returning']),
    home: name,
    backend: name.nullable(),
    rollout: rollout.nullable().default(null),
    ready: names,
    readOnly: z.boolean(),
    isOrdered: z.boolean().default(false),
    sessions: z.enum(['end', 'finish']).default('end'),
  })
  .readonly();

const database = z
  .object({
    kind: z.literal('database'),
    name,
    primary: name,
    region: name,
    term: revisionField,
    lossyTerm: revisionField.default(0n),
    isBehind: z.boolean().default(false),
    backend: name,
    ready: names,
  })
  .readonly();

const catalog = z
  .object({
    kind: z.literal('catalog'),
    name,
    keeper: name.nullable(),
    withheld: z.enum(['ObserveMode', 'OnHold']).nullable(),
    everyMs: z.number().int().positive(),
    prune: z.boolean(),
    rows: z
      .array(
        z
          .object({
            type: name,
            name: name.nullable(),
            interface: z.enum(['public', 'internal', 'admin']),
            region: name,
            url: name,
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

const spec = z.discriminatedUnion('kind', [vip, identity, database, catalog]);

export function encodeDesired(value: Desired): object {
  return z.encode(spec, value);
}

/** @throws Malformed naming the key and the field */
export function decodeDesired(key: string, value: unknown): Desired {
  const result = z.safeDecode(spec, value as z.input<typeof spec>);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const problem = `the decision is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  throw new Malformed(key, problem, 'delete the key: the leader writes it anew', result.error);
}
