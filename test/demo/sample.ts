/**
 * One thing that a client tried, as the client saw it: the line format between a client process and the demo. Times are
 * on the machine's monotonic clock, so that they compare with the moment of a fault.
 */

import { z } from 'zod';

/**
 * `token`: issued by the region's Keystone and accepted by placement-api; `write`: a project created through Keystone;
 * `read`: projects listed through Keystone; `address`: any HTTP answer from the region's virtual address; `row`: a row
 * inserted through the region's database route, without Keystone; `validation`: a token, old or new, that one Keystone of
 * any region was asked about.
 */
export const sampleKinds = ['token', 'write', 'read', 'address', 'row', 'validation'] as const;

export type SampleKind = (typeof sampleKinds)[number];

const sample = z.strictObject({
  kind: z.enum(sampleKinds),
  startMs: z.number(),
  endMs: z.number(),
  ok: z.boolean(),
  /** The last HTTP status, of a row the server's error number (200 when it was taken); 0 when there was no answer. */
  status: z.number().int(),
  /** What it was about: the project's name, the token's fingerprint; empty when there is none. */
  id: z.string(),
  /** What failed, in a few words; empty when nothing did. */
  detail: z.string(),
  /** Of a row: `server_id` of the server that took it. */
  server: z.number().int().exactOptional(),
});

export type Sample = Readonly<z.infer<typeof sample>>;

/** @throws ZodError when the line is not a client's */
export function parseSample(line: string): Sample {
  return sample.parse(JSON.parse(line));
}
