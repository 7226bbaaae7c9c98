/** The records of one database under management, to be changed by what a test is about. The primary is north-3. */
import type { DatabaseState, MemberRecord, PrimaryKey } from '../../../src/core/database/state.ts';
import { databaseStateRecord, memberRecord, primaryKeyRecord } from '../../../src/store/database-records.ts';
import { databaseMemberKey, databasePrimaryKey, databaseStateKey } from '../../../src/store/keys.ts';
import type { AStore } from './a-store.ts';

export const DATABASE = 'keystone';
export const NODE = 'north-3';
export const STATE_KEY = databaseStateKey(DATABASE);
export const PRIMARY_KEY = databasePrimaryKey(DATABASE);

export const steady: DatabaseState = {
  term: 7n,
  primary: NODE,
  primaryInvocation: 'inv-1',
  phase: 'steady',
  timing: null,
  electable: [],
  ackers: [],
  ackersVersion: 0,
  unacknowledgedAtProof: null,
  ballot: null,
  unfinished: null,
  receipt: null,
  promotions: [],
  hold: null,
  switchedAtMs: 1,
};

export const ownKey: PrimaryKey = { node: NODE, term: 7n, bootId: 'boot-1', serverInvocation: 'inv-1' };

export const aMember = (node: string, difference: Partial<MemberRecord> = {}): MemberRecord => ({
  node,
  region: node.split('-')[0] ?? '',
  bootId: `boot of ${node}`,
  serverInvocation: `server of ${node}`,
  serverUp: true,
  readOnly: node !== NODE,
  follows: node === NODE ? null : NODE,
  semiSyncReplica: false,
  ackersVersion: 0,
  account: node === NODE ? null : `repl-${node}`,
  quarantined: false,
  peer: null,
  rebuilding: false,
  seenTerm: null,
  policyRevision: null,
  answer: null,
  ...difference,
});

export const putState = (stored: AStore, state: DatabaseState) =>
  stored.put(STATE_KEY, databaseStateRecord.encode(state));
export const putPrimary = (stored: AStore, key: PrimaryKey, leaseId?: string) =>
  stored.put(PRIMARY_KEY, primaryKeyRecord.encode(key), leaseId);
export const putMember = (stored: AStore, record: MemberRecord) =>
  stored.put(databaseMemberKey(DATABASE, record.node), memberRecord.encode(record));

export function stateIn(stored: AStore): DatabaseState {
  return databaseStateRecord.decode(STATE_KEY, stored.entry(STATE_KEY)?.value ?? '');
}
