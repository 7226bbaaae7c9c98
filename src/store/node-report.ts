/**
 * What a node reports about its part of a roll-out, as the `detail` of `/applied/<node>/identity/<policy>`. A proxy writes
 * its applied state there too where a load balancer is switched; that is no report.
 */
import { z } from 'zod';
import type { NodeReport } from '../core/region-snapshot.ts';
import { Malformed } from './errors.ts';
import { type AppliedRecord, appliedRecord, revisionField } from './schema.ts';

const count = z.number().int().nonnegative();

const detail = z.object({
  decision: revisionField,
  phase: z.enum(['working', 'done', 'failed']),
  turn: count,
  isRepaired: z.boolean(),
  refusal: z.string().nullable(),
  detail: z.string(),
  files: count,
  units: count,
  leftover: count,
});

/** The text of the record. */
export function encodeReport({ node: _, name: __, epoch, ...report }: NodeReport): string {
  return appliedRecord.encode({ epoch, ok: report.phase === 'done', detail: z.encode(detail, report) });
}

/**
 * @returns undefined if the record is no report
 * @throws Malformed naming the key and the field
 */
export function decodeReport(
  key: string,
  { node, name }: Pick<NodeReport, 'node' | 'name'>,
  value: string,
): NodeReport | undefined {
  const record: AppliedRecord = appliedRecord.decode(key, value);
  if (record.detail.decision === undefined) return undefined;
  const result = z.safeDecode(detail, record.detail as z.input<typeof detail>);
  if (result.success) return { node, name, epoch: record.epoch, ...result.data };
  const issue = result.error.issues[0];
  const problem = `the report is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  throw new Malformed(key, problem, 'delete the key: the node writes it anew', result.error);
}
