/**
 * The port to a single member of a store's cluster. It is the store's own port without any promise about the other
 * members: each call goes to this endpoint, ends within its time limit, and fails if this member cannot answer.
 * failover-store.ts makes a store of several.
 */
import type {
  Compare,
  GetResult,
  GrantedLease,
  ListResult,
  Operation,
  TransactResult,
  Watch,
  WatchOptions,
} from './store.ts';

export interface MemberStatus {
  readonly isLeader: boolean;
  /** False if the member knows of no leader at all. */
  readonly hasLeader: boolean;
  readonly version: string;
}

/** Errors are those of the store's port; `timeoutMs` bounds the call. */
export interface Member {
  readonly endpoint: string;
  get(key: string, timeoutMs: number): Promise<GetResult>;
  list(prefix: string, timeoutMs: number): Promise<ListResult>;
  transact(compares: readonly Compare[], operations: readonly Operation[], timeoutMs: number): Promise<TransactResult>;
  grantLease(ttlMs: number, timeoutMs: number): Promise<GrantedLease>;
  /** @param confirm as in `KeepAliveOptions`. */
  keepAliveLease(leaseId: string, confirm: boolean, timeoutMs: number): Promise<{ readonly ttlMs: number }>;
  revokeLease(leaseId: string, timeoutMs: number): Promise<void>;
  /** Interrupted, too, if the member says nothing for longer than a live one would. */
  watch(prefix: string, options: WatchOptions): Watch;
  status(timeoutMs: number): Promise<MemberStatus>;
  close(): void;
}
