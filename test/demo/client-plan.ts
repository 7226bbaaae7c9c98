/**
 * What a client process is told to do: the one document between the demo and `client.ts`. Data only.
 */

import { z } from 'zod';
import { sampleKinds } from './sample.ts';

const task = z.strictObject({
  /** Tried one after the other in this order, again and again: `['write', 'read']` alternates. */
  kinds: z.array(z.enum(sampleKinds)).min(1),
  /** From the start of one attempt to the start of the next, in ms. */
  everyMs: z.number().positive(),
  /** How many attempts may be waiting for an answer at once. */
  waitingMax: z.number().int().positive(),
  timeoutMs: z.number().positive(),
});

export const clientPlan = z.strictObject({
  /** Base address of the region's Keystone, e.g. `http://192.0.2.10:5000`. */
  keystone: z.string(),
  /** Base addresses of the placement-api services that must accept each token. */
  placements: z.array(z.string()),
  /** Base addresses of the single Keystones that validate tokens. */
  validators: z.array(z.string()),
  account: z.strictObject({ user: z.string(), password: z.string(), project: z.string() }),
  /** The region's database route, for rows. */
  database: z.object({ host: z.string(), port: z.number().int(), user: z.string(), password: z.string() }),
  /** Every project that is created, and every row, starts with this. */
  namePrefix: z.string(),
  tasks: z.array(task).min(1),
});

export type ClientPlan = z.infer<typeof clientPlan>;

/** One thing that a client does over and over. */
export type Task = z.infer<typeof task>;
