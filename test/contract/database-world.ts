/**
 * What the contract of a database server needs around it: three servers that can reach each other, clients of theirs,
 * and the faults. One world is real, the other is a model; the contract cannot tell them apart.
 */
import type { DatabaseServer, StartRole } from '../../src/actuator/database-server.ts';

/** `ok`: acknowledged. `refused`: the server said no. `lost`: the connection ended without an answer. */
export type WriteResult = 'ok' | 'refused' | 'lost';

export interface DatabaseNode {
  readonly server: DatabaseServer;
  readonly serverId: number;
  /** By which it replicates. */
  readonly account: string;
  readonly host: string;
  readonly port: number;
  /** Writes one row on a connection of its own; settles when the client has its answer, if ever. */
  insert(value: string): Promise<WriteResult>;
  /** The values that a client can read, sorted. */
  rows(): Promise<readonly string[]>;
  /** Sessions of clients that the server has, in whatever state. */
  clientSessions(): Promise<number>;
  /** What an operator, or an error, does to the applier. */
  stopApplier(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  crash(): Promise<void>;
  /** Starts it again, closed, in the given role. */
  restart(role: StartRole): Promise<void>;
}

export interface DatabaseTrio {
  readonly a: DatabaseNode;
  readonly b: DatabaseNode;
  readonly c: DatabaseNode;
}

export interface DatabaseWorld {
  /** Three servers that have never been written to; their server ids are 1, 2 and 3. */
  fresh(): Promise<DatabaseTrio>;
  /** Ends what `fresh` made. */
  discard(trio: DatabaseTrio): Promise<void>;
  stop(): Promise<void>;
}
