/** The text form of `FernetKeys`. */
import { z } from 'zod';
import { duration, head, name, rotation, whole } from './schema-fields.ts';

export const fernetKeys = z.strictObject({
  ...head('FernetKeys'),
  repository: z
    .enum(['fernet', 'credential'])
    .default('fernet')
    .describe("which of Keystone's key repositories; agent.yaml says where it is on each node"),
  nodes: z
    .record(name, z.array(name).min(1))
    .describe('per region: the nodes that run Keystone; all of them confirm each step'),
  rotateEvery: rotation
    .prefault('manual')
    .describe('for how long a key is the primary; manual waits for regentctl keys rotate'),
  maxActive: whole(3, 100).default(5).describe('how many keys there are at rest: staged, primary and secondaries'),
  tokens: z
    .strictObject({
      expiration: duration.prefault('1h').describe("Keystone's [token] expiration"),
      allowExpiredWindow: duration.prefault('48h').describe("Keystone's [token] allow_expired_window"),
    })
    .prefault({})
    .describe('for how long a token may be validated; a key is kept for so long after it was the primary'),
});
