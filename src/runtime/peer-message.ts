/** What agents say to each other, as JSON over HTTPS; the shapes of core/database/promise.ts, checked on both ends. */
import { z } from 'zod';
import type { PromiseAnswer, PromiseRequest } from '../core/database/promise.ts';

export const PROMISE_PATH = '/v1/promise';
/** Names and numbers; nobody has more to say. */
export const MESSAGE_BYTES_MAX = 4_096;
/** No policy's ttl is longer; the policy itself says how long a promise may be. */
const FOR_MS_MAX = 3_600_000;

/** A position has one GTID per domain; what is longer says nothing that is needed. */
const POSITION_MAX = 1_024;

const name = z.string().min(1).max(255);

/** Unknown fields are passed over: a newer version may say more. */
export const promiseRequest: z.ZodType<PromiseRequest, unknown> = z.object({
  database: name,
  primary: name,
  forMs: z.number().min(0).max(FOR_MS_MAX),
  asker: name,
  sequence: z.int().nonnegative(),
});

/** A reason that this version does not know is a refusal all the same; a position that cannot be read is none. */
export const promiseAnswer: z.ZodType<PromiseAnswer, unknown> = z.union([
  z.object({
    granted: z.literal(true),
    applied: z
      .object({ invocation: name, pos: z.string().max(POSITION_MAX) })
      .nullable()
      .catch(null),
  }),
  z.object({
    granted: z.literal(false),
    reason: z
      .enum(['Unknown', 'NotTheMember', 'NotThePrimary', 'TooLong', 'BallotJoined', 'ServerOpen'])
      .catch('Unknown'),
  }),
]);
