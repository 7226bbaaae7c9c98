/**
 * etcd's messages to the store's words and back. The messages are described by what is read of them, so that nothing
 * here depends on the client library. Integers of 64 bits come and go as decimal strings.
 */
import type { Change, Compare, Entry, Operation } from './store.ts';

export interface KeyValueMessage {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly lease: string;
}

/** The server's enumerations, by name. */
type CompareMessage =
  | { key: Buffer; result: 'Equal'; target: 'Create'; create_revision: string }
  | { key: Buffer; result: 'Equal'; target: 'Mod'; mod_revision: string };

type OperationMessage =
  | { request_put: { key: Buffer; value: Buffer; lease: string } }
  | { request_delete_range: { key: Buffer } };

/** Lease 0 is no lease. */
const NO_LEASE = '0';

export function transaction(
  compares: readonly Compare[],
  operations: readonly Operation[],
): { compare: CompareMessage[]; success: OperationMessage[] } {
  return { compare: compares.map(compareMessage), success: operations.map(operationMessage) };
}

export function entry(found: KeyValueMessage): Entry {
  return {
    key: found.key.toString(),
    value: found.value.toString(),
    createRevision: BigInt(found.create_revision),
    modRevision: BigInt(found.mod_revision),
    leaseId: found.lease === NO_LEASE ? undefined : found.lease,
  };
}

export function change({ type, kv }: { readonly type: 'Put' | 'Delete'; readonly kv: KeyValueMessage }): Change {
  const key = kv.key.toString();
  if (type === 'Put') return { kind: 'put', key, entry: entry(kv) };
  return { kind: 'delete', key, modRevision: BigInt(kv.mod_revision) };
}

function compareMessage({ key, target, equals }: Compare): CompareMessage {
  const on = { key: Buffer.from(key), result: 'Equal' } as const;
  if (target === 'create') return { ...on, target: 'Create', create_revision: equals.toString() };
  return { ...on, target: 'Mod', mod_revision: equals.toString() };
}

function operationMessage(item: Operation): OperationMessage {
  const key = Buffer.from(item.key);
  if (item.kind === 'delete') return { request_delete_range: { key } };
  return { request_put: { key, value: Buffer.from(item.value), lease: item.leaseId ?? NO_LEASE } };
}
