/**
 * What regent knows of one database server after looking at it once. The adapter fills it; the core decides from it.
 */
import type { GtidPosition } from './state.ts';

/** How this server replicates. */
export interface ReplicationLook {
  /** The account by which it replicates. */
  readonly account: string;
  readonly sourceHost: string;
  readonly sourcePort: number;
  readonly receiving: boolean;
  /** The receiver runs and tries to reach its source. Left out: not told apart from a stopped one that has an error. */
  readonly connecting?: boolean;
  readonly applying: boolean;
  /** Last transaction in the relay log (`Gtid_IO_Pos`). */
  readonly receivedPos: GtidPosition;
  /** True when everything in the relay log has been applied. */
  readonly drained: boolean;
  /** The applier's last error, or null. */
  readonly applyError: string | null;
  readonly receiveError: string | null;
  /** Seconds behind the source as the server says it; null = it does not know. */
  readonly lagSeconds: number | null;
}

/** Everything regent wants to know of a server, read in one go. */
export interface ServerLook {
  readonly version: string;
  readonly serverId: number;
  readonly readOnly: boolean;
  readonly logsReplicated: boolean;
  readonly appliedPos: GtidPosition;
  readonly binlogPos: GtidPosition;
  readonly binlogState: GtidPosition;
  readonly replication: ReplicationLook | null;
  readonly semiSync: {
    readonly primaryEnabled: boolean;
    /** The server's own word that commits wait for an acknowledgement now. */
    readonly primaryActive: boolean;
    readonly clients: number;
    /** Commits of this process that returned to their client without an acknowledgement while one was to be waited for. */
    readonly unacknowledged: number;
    readonly replicaEnabled: boolean;
  };
  /** The replication accounts of this server that regent may lock, and those of them that are locked. */
  readonly accounts: { readonly lockable: readonly string[]; readonly locked: readonly string[] };
  /** Dump threads of replicas, for operators. */
  readonly followers: number;
}
