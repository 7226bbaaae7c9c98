/** The shapes of `/keys/<policy>/…` in both stores. They mirror src/core/keys/key-state.ts; the compiler checks that. */
import { z } from 'zod';
import {
  type KeyState,
  type KeysOrder,
  keyProblems,
  type NodeKeys,
  type RegionKeys,
  type WantedKeys,
} from '../core/keys/key-state.ts';
import { defineRecord, type StoredRecord } from './record.ts';

const name = z.string().min(1);
const index = z.int().nonnegative();
const generation = z.int().nonnegative();
const wallMs = z.number().nonnegative();

const print = { index, fingerprint: name };
const sealedKey = z.object({ ...print, sealed: name }).readonly();
const keySet = z.array(z.object(print).readonly()).readonly();

const work = z
  .object({
    kind: z.enum(['rotate', 'revoke']),
    step: z.enum(['stage', 'promote', 'renew', 'drop']),
    by: name.nullable(),
    id: name.nullable(),
    beganAtMs: wallMs,
  })
  .readonly();

export const keyStateRecord: StoredRecord<KeyState> = defineRecord('key set', {
  generation: z.int().positive(),
  keys: z.array(z.object({ ...print, sealed: name, retiredAtMs: wallMs.nullable() }).readonly()).readonly(),
  accepts: z.array(keySet).readonly(),
  work: work.nullable(),
  rotatedAtMs: wallMs,
  sealedWith: name,
});

export const wantedKeysRecord: StoredRecord<WantedKeys> = defineRecord('wanted key set', {
  repository: z.enum(['fernet', 'credential']),
  generation,
  keys: z.array(sealedKey).readonly(),
  accepts: z.array(keySet).readonly(),
  nodes: z.array(name).readonly(),
  sealedWith: z.string(),
  asks: z.boolean(),
});

const nodeKeys = {
  generation,
  found: keySet.nullable(),
  problem: z.enum(keyProblems).nullable(),
  detail: z.string(),
  offer: z.array(sealedKey).readonly().nullable(),
  since: z.string(),
};

export const nodeKeysRecord: StoredRecord<NodeKeys> = defineRecord('keys of a node', nodeKeys);

export const regionKeysRecord: StoredRecord<RegionKeys> = defineRecord('keys of a region', {
  generation,
  nodes: z.record(name, z.object(nodeKeys).readonly()).readonly(),
});

export const keysOrderRecord: StoredRecord<KeysOrder> = defineRecord('order about keys', {
  kind: z.enum(['rotate', 'revoke-all']),
  id: name,
  by: name,
  atMs: wallMs,
  isMigrated: z.boolean(),
});
