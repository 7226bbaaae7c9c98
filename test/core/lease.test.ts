import test from 'ava';
import {
  confirmLease,
  type HeldLease,
  type LeasePhase,
  leaseDeadline,
  leasePhase,
  leaseRemainingMs,
} from '../../src/core/lease.ts';
import { instant } from '../../src/core/time.ts';

const LEASE: HeldLease = { leaseId: '7', confirmedAt: instant(10_000), ttlMs: 3_000, marginMs: 200 };

test('the deadline is the sending of the last acknowledged renewal, plus the TTL, minus the margin', (t) => {
  t.is(leaseDeadline(LEASE), instant(12_800));
  t.is(leaseRemainingMs(LEASE, instant(12_000)), 800);
  t.true(leaseRemainingMs(LEASE, instant(13_000)) < 0);
});

const phase = test.macro({
  title: (_, atMs: number, expected: LeasePhase) => `a lease confirmed at 10000 is ${expected} at ${atMs}`,
  exec: (t, atMs: number, expected: LeasePhase) => t.is(leasePhase(LEASE, instant(atMs)), expected),
});
test(phase, 10_000, 'held');
test(phase, 11_200, 'held');
test(phase, 11_201, 'suspect');
test(phase, 12_799, 'suspect');
test(phase, 12_800, 'expired');
test(phase, 20_000, 'expired');

interface Renewal {
  readonly name: string;
  readonly sentAt: number;
  readonly ttlMs: number;
  readonly deadline: number;
}

const confirmed = test.macro({
  title: (_, row: Renewal) => row.name,
  exec: (t, row: Renewal) => {
    t.is(leaseDeadline(confirmLease(LEASE, instant(row.sentAt), row.ttlMs)), instant(row.deadline));
  },
});
test(confirmed, { name: 'a renewal counts from its own sending', sentAt: 10_600, ttlMs: 3_000, deadline: 13_400 });
test(confirmed, {
  name: 'an older renewal that is answered late changes nothing',
  sentAt: 9_400,
  ttlMs: 3_000,
  deadline: 12_800,
});
test(confirmed, { name: 'a TTL that the store raised is used', sentAt: 10_600, ttlMs: 5_000, deadline: 15_400 });
test(confirmed, {
  name: 'a TTL that the store lowered shortens no right that stands',
  sentAt: 10_600,
  ttlMs: 2_000,
  deadline: 12_800,
});
