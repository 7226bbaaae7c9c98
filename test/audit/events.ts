/** Events for the tests of the audit trail: a valid one, plus the difference. */
import type { AuditEvent, NewEvent } from '../../src/core/event.ts';

export const madeEvent = (difference: Partial<NewEvent> = {}): NewEvent => ({
  name: 'vip:node:unfit',
  subject: 'north-vip',
  message: 'north-1 is unfit',
  cause: 'haproxy failed for 3000 ms',
  ...difference,
});

export const keptEvent = (difference: Partial<AuditEvent> = {}): AuditEvent => ({
  ...madeEvent(),
  id: '1700000000000-north-1-000000001',
  atMs: 1_700_000_000_000,
  node: 'north-1',
  region: 'north',
  severity: 'warning',
  ...difference,
});
