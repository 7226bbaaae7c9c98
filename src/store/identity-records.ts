/** The shapes of `/identities/<policy>/…` in a region's store. They mirror src/core/identity-order.ts. */
import { z } from 'zod';
import type { IdentityOrder } from '../core/identity-order.ts';
import { defineRecord, type StoredRecord } from './record.ts';

const name = z.string().min(1);

export const identityOrderRecord: StoredRecord<IdentityOrder> = defineRecord('identity order', {
  kind: z.enum(['isolate', 'return']),
  id: name,
  by: name,
  atMs: z.number().nonnegative(),
});
