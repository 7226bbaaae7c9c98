/**
 * The store port on a real etcd (3.4 and newer). The only file that imports the client library, of which it uses
 * nothing but the raw calls, one client per endpoint, with every retry of the library's own switched off: which
 * member to ask and how long to wait is failover-store.ts's business, and leases are lease-holder.ts's. Every error
 * is translated here, once; what is not understood is `StoreUnavailable`.
 */
import { Etcd3, EtcdLeaseInvalidError, type IOptions, Range } from 'etcd3';
import type { Clock, Timers } from '../core/clock.ts';
import { addressOf, checkIdentityByAddress, UNNAMED } from './address-identity.ts';
import { isStoreError, LeaseLost, StoreUnavailable } from './errors.ts';
import { CHANNEL } from './etcd-channel.ts';
import { change, entry, transaction } from './etcd-messages.ts';
import { FailoverStore } from './failover-store.ts';
import { PROOF_KEY } from './keys.ts';
import type { Member, MemberStatus } from './member.ts';
import type { Change, Entry, GetResult, GrantedLease, ListResult, Store } from './store.ts';
import { superviseWatch } from './watch-supervisor.ts';

export interface EtcdTls {
  /** Certificates of the authority that signed the members' certificates, PEM. */
  readonly ca: Buffer;
  /** This client's certificate and key, PEM; left out if the store asks for none. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdStoreOptions {
  /** `regional` or `global`. */
  readonly name: string;
  /** `host:port` of each member, preferred first. */
  readonly endpoints: readonly string[];
  /** Left out: plain text. */
  readonly tls?: EtcdTls;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Bound of every call. Default 800: with a TTL of 3 s two calls fit between a renewal and the deadline. */
  readonly callTimeoutMs?: number;
  /** How long the preferred member is waited for alone. Default 200: far above a round trip, far below ttl/5. */
  readonly headStartMs?: number;
}

const DEFAULT_CALL_TIMEOUT_MS = 800;
const DEFAULT_HEAD_START_MS = 200;

/** Entries per read of a list: a node's record is some hundred bytes, and etcd's answers have a size limit. */
const LIST_PAGE = 2_000;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** Takes the place of the library's retries and circuit breakers: does what it is told, once. */
const ONCE = {
  execute: async (action: (context: { signal: AbortSignal }) => unknown) =>
    action({ signal: new AbortController().signal }),
} as unknown as Policy;

/** Opens no connection before the first call. */
export function openEtcdStore(options: EtcdStoreOptions): Store {
  const { name, clock, timers } = options;
  return new FailoverStore({
    name,
    members: options.endpoints.map((endpoint) => openMember(endpoint, options)),
    clock,
    timers,
    callTimeoutMs: options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
    headStartMs: options.headStartMs ?? DEFAULT_HEAD_START_MS,
  });
}

function openMember(endpoint: string, { tls, timers }: EtcdStoreOptions): Member {
  const client = openClient(endpoint, tls);
  return {
    endpoint,
    get: (key, timeoutMs) => get(client, key, timeoutMs),
    list: (prefix, timeoutMs) => list(client, prefix, timeoutMs),
    transact: async (compares, operations, timeoutMs) => {
      const leaseIds = operations.flatMap((item) => (item.kind === 'put' ? (item.leaseId ?? []) : []));
      const request = client.kv.txn(transaction(compares, operations), within(timeoutMs));
      const answer = await translated(request, leaseIds.join(', '));
      return { committed: answer.succeeded, revision: BigInt(answer.header.revision) };
    },
    grantLease: (ttlMs, timeoutMs) => grantLease(client, ttlMs, timeoutMs),
    keepAliveLease: async (leaseId, confirm, timeoutMs) => {
      const { ttlMs, term } = await keepAliveLease(client, leaseId, timeoutMs);
      if (confirm) await confirmTerm(client, term, timeoutMs);
      return { ttlMs };
    },
    revokeLease: async (leaseId, timeoutMs) => {
      await translated(client.leaseClient.leaseRevoke({ ID: leaseId }, within(timeoutMs)), leaseId).catch((error) => {
        if (!(error instanceof LeaseLost)) throw error;
      });
    },
    watch: (prefix, options) => superviseWatch(openWatchStream(client, prefix), options, timers),
    status: (timeoutMs) => status(client, timeoutMs),
    close: () => client.close(),
  };
}

function openClient(endpoint: string, tls: EtcdTls | undefined): Etcd3 {
  const faultHandling = { host: () => ONCE, global: ONCE };
  if (tls === undefined) return new Etcd3({ hosts: `http://${endpoint}`, grpcOptions: CHANNEL, faultHandling });
  const address = addressOf(endpoint);
  const client = new Etcd3({
    hosts: `https://${endpoint}`,
    credentials: credentials(tls),
    grpcOptions: address === undefined ? CHANNEL : { ...CHANNEL, 'grpc.ssl_target_name_override': UNNAMED },
    faultHandling,
  });
  if (address !== undefined) checkIdentityByAddress(client, address);
  return client;
}

function credentials({ ca, certificate, key }: EtcdTls): NonNullable<IOptions['credentials']> {
  if (certificate === undefined || key === undefined) return { rootCertificate: ca };
  return { rootCertificate: ca, certChain: certificate, privateKey: key };
}

async function get(client: Etcd3, key: string, timeoutMs: number): Promise<GetResult> {
  const answer = await translated(client.kv.range({ key: Buffer.from(key) }, within(timeoutMs)));
  const found = answer.kvs[0];
  return { entry: found === undefined ? undefined : entry(found), revision: BigInt(answer.header.revision) };
}

async function list(client: Etcd3, prefix: string, timeoutMs: number): Promise<ListResult> {
  const range = Range.prefix(prefix);
  const entries: Entry[] = [];
  let from: Buffer = range.start;
  let revision: bigint | undefined;
  for (;;) {
    const request = { key: from, range_end: range.end, limit: LIST_PAGE, revision: String(revision ?? 0n) };
    const answer = await translated(client.kv.range(request, within(timeoutMs)));
    revision ??= BigInt(answer.header.revision);
    entries.push(...answer.kvs.map(entry));
    const last = answer.kvs.at(-1);
    if (!answer.more || last === undefined) return { entries, revision };
    from = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

async function grantLease(client: Etcd3, ttlMs: number, timeoutMs: number): Promise<GrantedLease> {
  const request = { TTL: Math.ceil(ttlMs / 1000) };
  const answer = await translated(client.leaseClient.leaseGrant(request, within(timeoutMs)));
  return { leaseId: answer.ID, ttlMs: Number(answer.TTL) * 1000 };
}

interface KeepAliveAnswer {
  readonly TTL: string;
  readonly header: { readonly raft_term: string };
}

/** One keep-alive on a stream of its own: an answer cannot be taken for that of another call. */
async function keepAliveLease(client: Etcd3, leaseId: string, timeoutMs: number) {
  const stream = await translated(client.leaseClient.leaseKeepAlive(within(timeoutMs)));
  const answer = new Promise<KeepAliveAnswer>((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject);
    stream.on('end', () => reject(new StoreUnavailable('the member ended the keep-alive')));
  });
  stream.write({ ID: leaseId });
  try {
    const { TTL, header } = await translated(answer, leaseId);
    if (Number(TTL) <= 0) throw new LeaseLost(leaseId);
    return { ttlMs: Number(TTL) * 1000, term: header.raft_term };
  } finally {
    // Ended first: the library takes the cancellation of an open stream for a broken host.
    stream.end();
    stream.cancel();
  }
}

/**
 * The term in an answer is that of the last entry which the member has applied. A linearizable read shows the term of
 * a leader that has a majority, later than the renewal; if it is still the same one, that leader made the renewal.
 */
async function confirmTerm(client: Etcd3, term: string, timeoutMs: number): Promise<void> {
  const request = { key: Buffer.from(PROOF_KEY), count_only: true };
  const answer = await translated(client.kv.range(request, within(timeoutMs)));
  if (answer.header.raft_term === term) return;
  throw new StoreUnavailable('the store changed its leader during the renewal; it does not count');
}

async function status(client: Etcd3, timeoutMs: number): Promise<MemberStatus> {
  const answer = await translated(client.maintenance.status(within(timeoutMs)));
  const hasLeader = answer.leader !== '0';
  return { isLeader: hasLeader && answer.leader === answer.header.member_id, hasLeader, version: answer.version };
}

function openWatchStream(client: Etcd3, prefix: string) {
  return async (
    fromRevision: bigint | undefined,
    onAnswer: (changes: readonly Change[]) => void,
    onEnd: (why: string) => void,
  ) => {
    const stream = await translated(client.watchClient.watch());
    stream.on('data', ({ canceled, cancel_reason: reason, compact_revision: compacted, events }) => {
      if (canceled) onEnd(compacted === '0' ? reason || 'cancelled by the store' : 'compacted');
      else onAnswer(events.map(change));
    });
    stream.on('error', (error) => onEnd(error.message));
    stream.on('end', () => onEnd('ended by the store'));
    const range = Range.prefix(prefix);
    const start = fromRevision === undefined ? {} : { start_revision: fromRevision.toString() };
    stream.write({ create_request: { key: range.start, range_end: range.end, ...start } });
    return {
      askForProgress: () => stream.write({ progress_request: {} }),
      close: () => {
        stream.end();
        stream.cancel();
      },
    };
  };
}

/** gRPC wants a point on the wall clock; it turns it into a length of time at once. */
function within(timeoutMs: number): { deadline: number } {
  return { deadline: Date.now() + timeoutMs };
}

async function translated<T>(answer: Promise<T>, leaseId = ''): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isStoreError(error)) throw error;
    if (error instanceof EtcdLeaseInvalidError) throw new LeaseLost(leaseId, error);
    throw new StoreUnavailable(error instanceof Error ? error.message : 'the store failed in an unknown way', error);
  }
}
