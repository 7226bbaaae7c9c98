/** The fields that the schemas of several kinds are made of, and the words for what is wrong with them. */
import { z } from 'zod';
import { parseIp, parseNetwork } from '../core/ip-address.ts';
import { DURATION, durationMs } from './duration.ts';

export const API_VERSION = 'regent/v1';

/** The words of this schema for what is wrong; each has its text in schema-problems.ts. */
export type SchemaCode =
  | 'Duration'
  | 'Rotation'
  | 'Name'
  | 'Address'
  | 'Network'
  | 'Url'
  | 'Whole'
  | 'ForProxy'
  | 'ForConfig';

export const code = (name: SchemaCode): { error: SchemaCode } => ({ error: name });

export const duration = z.string(code('Duration')).regex(DURATION, code('Duration')).transform(durationMs);
/** How often keys are rotated, or `manual`, which is null. */
export const rotation = z
  .string(code('Rotation'))
  .refine((text) => text === 'manual' || DURATION.test(text), code('Rotation'))
  .transform((text) => (text === 'manual' ? null : durationMs(text)));
/** Goes into file names, store keys and configurations of other programs: nothing that could mean more than a name. */
export const name = z.string(code('Name')).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, code('Name'));
export const address = z.string(code('Address')).refine((text) => parseIp(text) !== undefined, code('Address'));
export const network = z
  .string(code('Network'))
  .refine((text) => text.includes('/') && parseNetwork(text) !== undefined, code('Network'));
/** The kernel's limit for the name of an interface is 15 bytes. */
export const interfaceName = z.string(code('Name')).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, code('Name'));
export const whole = (min: number, max: number) => z.int(code('Whole')).min(min, code('Whole')).max(max, code('Whole'));
export const url = z.url({ protocol: /^https?$/, ...code('Url') });

export const mode = z
  .enum(['enforce', 'observe'])
  .default('enforce')
  .describe('enforce acts; observe decides and explains but does not act');
export const promotion = z.enum(['automatic', 'manual']);

export const head = <const Kind extends string>(kind: Kind) => ({
  apiVersion: z.literal(API_VERSION).describe('version of the policy language'),
  kind: z.literal(kind),
  name: name.describe('name of the policy; the same as its key in the store'),
  mode,
});
