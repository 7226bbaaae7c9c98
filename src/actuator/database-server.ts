/**
 * The port to one database server on this node. Reads and writes are together because every write is verified by
 * reading back. The adapter keeps MariaDB's words (slave, semi-sync variables) inside; it never decides.
 *
 * Contract for implementers: every call is bounded in time; a server that cannot be asked is a `ServerUnreachable`
 * error, never a made-up answer; every write is idempotent and returns only after it was read back.
 */
import type { ServerLook } from '../core/database/server-look.ts';
import type { GtidPosition } from '../core/database/state.ts';

export type { ReplicationLook, ServerLook } from '../core/database/server-look.ts';

/** The newest write-probe row. */
export interface WriteProbeRow {
  readonly term: bigint;
  readonly node: string;
  /** The primary's wall clock when the row was written. */
  readonly atMs: number;
}

export interface FollowOptions {
  readonly host: string;
  readonly port: number;
  /** True for a former primary: its own binlog position becomes its replica position (`MASTER_DEMOTE_TO_SLAVE`). */
  readonly demote: boolean;
  /** Whether this replica acknowledges commits. Switched before replication starts. */
  readonly acknowledge: boolean;
}

/** What a decision about a server's line of history went by. */
export interface Seen {
  readonly binlogState: GtidPosition;
  /** True if what was received and not applied may be forgotten. */
  readonly mayForget: boolean;
}

export interface DatabaseServer {
  look(signal?: AbortSignal): Promise<ServerLook>;
  /**
   * Makes a closed server without a source ready to be opened: it writes under its own id, and whoever was connected before is
   * not any more. Nothing of it shows while the server is closed, and nothing has to be undone; `open` does it by itself.
   */
  prepareOpening(options: { readonly waitForAck: boolean }, signal?: AbortSignal): Promise<void>;
  /** Opens the server for writing with the given semi-sync role and reads it back. */
  open(options: { readonly waitForAck: boolean }, signal?: AbortSignal): Promise<void>;
  /**
   * Closes the server: `read_only=1` pending, all client sessions killed repeatedly until it is confirmed.
   * @returns true when the server was read back as read-only within `withinMs`, false when it was not: the caller
   *   must then kill the process
   */
  close(options: { readonly withinMs: number }, signal?: AbortSignal): Promise<boolean>;
  /** Switches waiting for acknowledgements on or off on an open primary. Off only after the store says so. */
  setWaitForAck(waitForAck: boolean, signal?: AbortSignal): Promise<void>;
  /**
   * Ends the sessions whose commits have waited for an acknowledgement for that long: what they wrote stays and becomes
   * visible, and their clients are told nothing. To be asked for only if another server has what they wrote.
   */
  endWaiting(options: { readonly olderThanMs: number }, signal?: AbortSignal): Promise<void>;
  /**
   * Locks a replication account on this server only, ends its connections, and returns when none is left: nobody who uses
   * it receives or acknowledges anything of this server from then on.
   * @throws ServerRefused `NotGranted`; `NotReadBack` if a connection stays
   */
  shutOut(account: string, signal?: AbortSignal): Promise<void>;
  /** Unlocks replication accounts on this server only. @throws ServerRefused `NotGranted` */
  letIn(accounts: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Stops receiving and leaves the applier running. */
  stopReceiving(signal?: AbortSignal): Promise<void>;
  /** Starts both replication threads towards the source already set. */
  resumeReplication(signal?: AbortSignal): Promise<void>;
  /** Stops replication for good and forgets the source; refuses while received transactions are not applied. */
  detach(signal?: AbortSignal): Promise<void>;
  /**
   * Fetches and applies from another member up to a position that this server lacks, and stops there. Refuses (throws)
   * while received transactions are not applied, because starting replication would forget them.
   */
  catchUp(
    from: { readonly host: string; readonly port: number; readonly until: GtidPosition },
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Stops replicating, for a server that is to join another line of history by what was seen of it.
   * @returns true if nothing has come since, and nothing comes before the next `follow`. False if the server has more now, or
   *   has received what it has not applied: then at least its receiver has stopped, and it is to be looked at anew
   */
  standStill(seen: Seen, signal?: AbortSignal): Promise<boolean>;
  /** Replicates from `host`, by GTID from its own applied position; stays read-only. */
  follow(options: FollowOptions, signal?: AbortSignal): Promise<void>;
  /**
   * Writes the write-probe row. Fails on a read-only server. `timeoutMs` bounds a write that waits.
   * @throws ServerUnreachable with the code `WAITS_FOR_ACK` if it was an acknowledgement that did not come
   */
  writeProbe(row: WriteProbeRow, options: { readonly timeoutMs: number }, signal?: AbortSignal): Promise<void>;
  readProbe(signal?: AbortSignal): Promise<WriteProbeRow | undefined>;
  /** Ends the connections held for this port. */
  end(): Promise<void>;
}

/** `former`: another's promotion is recorded, an unacknowledged tail is rolled back at the start; `keep`: the tail is kept. */
export type StartRole = 'keep' | 'former';

/** The server's process, driven through systemd. */
export interface ServerProcess {
  /** @returns systemd's InvocationID while the process runs, undefined when it does not */
  invocation(signal?: AbortSignal): Promise<string | undefined>;
  start(role: StartRole, signal?: AbortSignal): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(signal?: AbortSignal): Promise<void>;
}

/** Code of a write that the server has taken and that waits for another one's acknowledgement. */
export const WAITS_FOR_ACK = 'WaitsForAck';

/** The server does not answer, or refuses us; nothing is known about its state. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
  readonly code: string;
  constructor(message: string, options: { readonly code: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}

/**
 * The server answered, and the answer was no: MariaDB's own (`code` is its error name, e.g.
 * `ER_OPTION_PREVENTS_STATEMENT`), or this adapter's: `NotGranted`, `NotDrained`, `StillReplicates`, `NotClosed` and
 * `InvalidValue` before anything was changed, `NotReadBack` when a change was accepted but does not show.
 */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
  readonly code: string;
  constructor(message: string, options: { readonly code: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}
