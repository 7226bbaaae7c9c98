/** Looks at a database server to build cases from. A case names only what is different. */
import type { ReplicationLook, ServerLook } from '../../../src/core/database/server-look.ts';

export function aReplication(difference: Partial<ReplicationLook> = {}): ReplicationLook {
  return {
    account: 'repl',
    sourceHost: 'north-1.example',
    sourcePort: 3306,
    receiving: true,
    connecting: false,
    applying: true,
    receivedPos: '0-101-50',
    drained: true,
    applyError: null,
    receiveError: null,
    lagSeconds: 0,
    ...difference,
  };
}

/** The look of an open primary without semi-sync. */
export function aLook(difference: Partial<ServerLook> = {}): ServerLook {
  return {
    version: '10.11.19',
    serverId: 101,
    readOnly: false,
    logsReplicated: true,
    appliedPos: '',
    binlogPos: '0-101-50',
    binlogState: '0-101-50',
    replication: null,
    semiSync: alone,
    accounts: { lockable: ['north-1', 'north-2', 'north-3', 'south-1'].map((node) => `repl-${node}`), locked: [] },
    followers: 3,
    ...difference,
  };
}

export function aReplicaLook(difference: Partial<ServerLook> = {}): ServerLook {
  return aLook({ readOnly: true, serverId: 102, appliedPos: '0-101-50', replication: aReplication(), ...difference });
}

const alone = { primaryEnabled: false, primaryActive: false, clients: 0, unacknowledged: 0, replicaEnabled: false };
export const waiting = { ...alone, primaryEnabled: true, primaryActive: true, clients: 1 };
export const acknowledging = { ...alone, replicaEnabled: true };
