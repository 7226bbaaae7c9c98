/**
 * What a region's leader writes for one decision: every value and every order under the condition that it is as it was
 * read, so that a decision is in force whole or not at all, and an order is obeyed once.
 */
import type { RegionDecision } from '../../core/region-snapshot.ts';
import { refusedOrderRecord } from '../../store/database-records.ts';
import { encodeDesired } from '../../store/desired-spec.ts';
import { appliedKey, desiredKey, identityOrderKey, identityRefusedOrderKey } from '../../store/keys.ts';
import { desiredRecord } from '../../store/schema.ts';
import type { Compare, Operation } from '../../store/store.ts';
import type { RegionView } from './region-view.ts';

export function writesOf(
  { desired, released, settled }: Pick<RegionDecision, 'desired' | 'released' | 'settled'>,
  view: Pick<RegionView, 'desired' | 'identityOrders' | 'reports'>,
  epoch: bigint,
): { readonly compares: readonly Compare[]; readonly operations: readonly Operation[] } {
  const names = [...desired.map((change) => change.value), ...released];
  const values = names.map(({ kind, name }): Compare => {
    const stored = view.desired.find((each) => each.value.kind === kind && each.value.name === name);
    return { key: desiredKey(kind, name), target: 'mod', equals: stored?.modRevision ?? 0n };
  });
  const orders = settled.map(({ name }): Compare => {
    const stored = view.identityOrders.find((each) => each.name === name);
    return { key: identityOrderKey(name), target: 'mod', equals: stored?.modRevision ?? 0n };
  });
  const puts = desired.map(({ value, policyRevision }): Operation => {
    const spec = encodeDesired(value);
    return {
      kind: 'put',
      key: desiredKey(value.kind, value.name),
      value: desiredRecord.encode({ epoch, policyRevision, spec }),
    };
  });
  const deletes = released.map(({ kind, name }): Operation => ({ kind: 'delete', key: desiredKey(kind, name) }));
  const ends = settled.flatMap(({ name, order, refused }): readonly Operation[] => {
    const end: Operation = { kind: 'delete', key: identityOrderKey(name) };
    if (refused === undefined) return [end];
    const value = refusedOrderRecord.encode({ id: order.id, ...refused });
    return [end, { kind: 'put', key: identityRefusedOrderKey(name), value }];
  });
  return { compares: [...values, ...orders, ...holders(desired, view)], operations: [...puts, ...deletes, ...ends] };
}

/**
 * Whose turn it is may have begun since the decision was made: what the node reports must be as it was read. The node
 * begins under the condition that the decision is as it was read, so one of the two comes first.
 */
function holders(
  changes: RegionDecision['desired'],
  { desired, reports }: Pick<RegionView, 'desired' | 'reports'>,
): readonly Compare[] {
  return changes.flatMap(({ value: { kind, name } }): readonly Compare[] => {
    const stored = desired.find((each) => each.value.kind === kind && each.value.name === name)?.value;
    const holder = stored?.kind === 'identity' ? stored.rollout?.turn : undefined;
    if (holder === undefined || holder === null) return [];
    const report = reports.find((each) => each.name === name && each.node === holder);
    return [{ key: appliedKey(holder, kind, name), target: 'mod', equals: report?.modRevision ?? 0n }];
  });
}
