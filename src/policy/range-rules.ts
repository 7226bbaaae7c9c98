/** The range of every duration on its own, as a table: field, value, lowest, highest, and why the lowest is so. */
import { assertNever } from '../core/assert-never.ts';
import type { DatabaseFailover, FernetKeys, Policy, PolicyProblem } from '../core/policy.ts';
import { durationText } from './duration.ts';
import { problem } from './problem.ts';

interface Range {
  readonly field: string;
  readonly valueMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly why: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function rangeProblems(policy: Policy): readonly PolicyProblem[] {
  return rangesOf(policy)
    .filter(({ valueMs, minMs, maxMs }) => valueMs < minMs || valueMs > maxMs)
    .map(({ field, valueMs, minMs, maxMs, why }) =>
      problem(
        field,
        durationText(valueMs),
        `is outside its range: ${why}`,
        `write a time from ${durationText(minMs)} to ${durationText(maxMs)}`,
      ),
    );
}

function rangesOf(policy: Policy): readonly Range[] {
  switch (policy.kind) {
    case 'VirtualAddress':
      return [
        range('advertInterval', policy.advertIntervalMs, 10, 10_000, 'VRRP counts in hundredths of a second'),
        range('unfitWhen.failedFor', policy.unfitWhen.failedForMs, 500, 10 * MINUTE_MS, 'one failed look is noise'),
        range(
          'fitAgainAfter',
          policy.fitAgainAfterMs,
          500,
          HOUR_MS,
          'a node that comes and goes must not take the address along',
        ),
      ];
    case 'DatabaseFailover':
      return ofDatabase(policy);
    case 'IdentityRoute':
      return [
        range('probe.every', policy.probe.everyMs, 500, MINUTE_MS, 'a real token costs Keystone about 0.4s'),
        range('probe.timeout', policy.probe.timeoutMs, 500, MINUTE_MS, 'a real token costs Keystone about 0.4s'),
        range('isolateAfter', policy.isolateAfterMs, 1000, HOUR_MS, 'one failed look is noise'),
        range('returnAfter', policy.returnAfterMs, 1000, DAY_MS, 'one good look is noise'),
        range('cooldown', policy.cooldownMs, 0, DAY_MS, 'who wants longer sets returning to manual'),
        ...(policy.via === 'proxy'
          ? []
          : [
              range(
                'nodeTimeout',
                policy.nodeTimeoutMs,
                30_000,
                HOUR_MS,
                'a restarted service takes its time to answer',
              ),
            ]),
        range('maxLag', policy.maxLagMs, 2000, HOUR_MS, 'the row that shows it is written once a second by default'),
      ];
    case 'EndpointCatalog':
      return [range('every', policy.everyMs, 10_000, HOUR_MS, 'each look reads the whole catalogue')];
    case 'FernetKeys':
      return ofKeys(policy);
    default:
      return assertNever(policy);
  }
}

function ofDatabase(policy: DatabaseFailover): readonly Range[] {
  return [
    range('ttl', policy.ttlMs, 2000, MINUTE_MS, "below it etcd's own election would cost the lease"),
    range('writeProbe.every', policy.writeProbe.everyMs, 100, 10_000, 'each is a write of its own'),
    range('writeProbe.vetoWithin', policy.writeProbe.vetoWithinMs, 100, MINUTE_MS, 'it is counted in write probes'),
    ...(['withinRegion', 'betweenRegions'] as const).flatMap((scope) => [
      range(`${scope}.holdDown`, policy[scope].holdDownMs, 0, DAY_MS, 'it cannot be negative'),
      range(`${scope}.maxLoss`, policy[scope].maxLossMs, 0, DAY_MS, 'it cannot be negative'),
    ]),
    range('cooldown', policy.cooldownMs, 0, DAY_MS, 'it cannot be negative'),
    range('hungAfter', policy.hungAfterMs, 5000, HOUR_MS, 'three writes must have failed, each after up to 2s'),
    range(
      'stepTimeout',
      policy.stepTimeoutMs,
      3000,
      MINUTE_MS,
      'a replica needs up to 2s to stop receiving from a frozen primary',
    ),
  ];
}

function ofKeys({ rotateEveryMs, tokens }: FernetKeys): readonly Range[] {
  const year = 365 * DAY_MS;
  const rotation =
    rotateEveryMs === null
      ? []
      : [range('rotateEvery', rotateEveryMs, MINUTE_MS, year, 'all nodes confirm three steps of each rotation')];
  return [
    ...rotation,
    range('tokens.expiration', tokens.expirationMs, 1000, 30 * DAY_MS, "it is Keystone's own setting"),
    range('tokens.allowExpiredWindow', tokens.allowExpiredWindowMs, 0, 30 * DAY_MS, "it is Keystone's own setting"),
  ];
}

function range(field: string, valueMs: number, minMs: number, maxMs: number, why: string): Range {
  return { field, valueMs, minMs, maxMs, why };
}
