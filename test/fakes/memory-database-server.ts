/**
 * The ports of a database server and of its process, on a model. The same refusals and errors as the real adapter's.
 */
import {
  type DatabaseServer,
  type FollowOptions,
  type Seen,
  type ServerLook,
  type ServerProcess,
  ServerRefused,
  ServerUnreachable,
  type StartRole,
  WAITS_FOR_ACK,
  type WriteProbeRow,
} from '../../src/actuator/database-server.ts';
import { contains, lastPerDomain } from '../../src/core/database/gtid.ts';
import type { MemoryDatabase, Transaction } from './memory-database.ts';

const HOST = /^[A-Za-z0-9.:-]+$/;

export class MemoryDatabaseServer implements DatabaseServer {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async look(): Promise<ServerLook> {
    return lookAt(this.#reached());
  }

  async prepareOpening({ waitForAck }: { readonly waitForAck: boolean }): Promise<void> {
    const database = this.#reached();
    if (database.source !== undefined) throw refused('StillReplicates');
    database.acknowledges = false;
    database.setWaitsForAck(waitForAck);
  }

  async open(options: { readonly waitForAck: boolean }): Promise<void> {
    await this.prepareOpening(options);
    this.#reached().readOnly = false;
  }

  async close(): Promise<boolean> {
    if (!this.#database.isRunning || this.#database.isFrozen) return false;
    this.#database.close();
    return true;
  }

  async setWaitForAck(waitForAck: boolean): Promise<void> {
    this.#reached().setWaitsForAck(waitForAck);
  }

  /** There is no time in here: what waits has waited for less than a minute. */
  async endWaiting({ olderThanMs }: { readonly olderThanMs: number }): Promise<void> {
    if (olderThanMs < 60_000) this.#reached().endWaiting();
  }

  async shutOut(account: string): Promise<void> {
    const database = this.#reached();
    if (!database.accounts.includes(account)) throw refused('NotGranted');
    database.locked.add(account);
  }

  async letIn(accounts: readonly string[]): Promise<void> {
    const database = this.#reached();
    for (const account of accounts) database.letIn(account);
  }

  async stopReceiving(): Promise<void> {
    this.#reached().isReceiving = false;
  }

  async resumeReplication(): Promise<void> {
    const database = this.#reached();
    if (database.source === undefined) throw refused('NotAReplica');
    if (!database.isApplying) database.startReplication();
    else if (!database.isReceiving) database.startReceiving();
  }

  async detach(): Promise<void> {
    const database = this.#reached();
    database.isReceiving = false;
    if (database.relay.length > 0) throw refused('NotDrained');
    database.isApplying = false;
    database.source = undefined;
  }

  async catchUp({ host, port, until }: { host: string; port: number; until: string }): Promise<void> {
    assertSource(host, port);
    const database = this.#reached();
    if (contains(gtid(database.applied), until)) return;
    if (!database.readOnly) throw refused('NotClosed');
    database.isReceiving = false;
    if (database.relay.length > 0) throw refused('NotDrained');
    Object.assign(database, { source: port, isReceiving: true, isApplying: true });
    database.pull(Number(lastPerDomain(until).get(0)?.seq));
    Object.assign(database, { isReceiving: false, isApplying: false });
    if (!contains(gtid(database.applied), until)) throw refused('NotReadBack');
  }

  async standStill({ binlogState, mayForget }: Seen): Promise<boolean> {
    const database = this.#reached();
    database.isReceiving = false;
    if (!mayForget && database.relay.length > 0) return false;
    database.isApplying = false;
    return lookAt(database).binlogState === binlogState;
  }

  async follow({ host, port, demote, acknowledge }: FollowOptions): Promise<void> {
    assertSource(host, port);
    const database = this.#reached();
    if (!database.readOnly) throw refused('NotClosed');
    const isThere = database.source === port && database.isReceiving && database.isApplying;
    if (isThere && !demote && database.acknowledges === acknowledge) return;
    if (demote) database.applied = database.binlog.at(-1);
    database.setWaitsForAck(false);
    Object.assign(database, { source: port, acknowledges: acknowledge });
    database.startReplication();
  }

  async writeProbe(row: WriteProbeRow, { timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const database = this.#reached();
    const probe = { ...row };
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), timeoutMs);
    const result = await Promise.race([database.write(probe), late.promise]);
    clearTimeout(timer);
    if (result === 'ok') return;
    if (result === 'refused') throw refused('ER_OPTION_PREVENTS_STATEMENT');
    database.killWaiting(probe);
    // Nothing else makes a write wait in here.
    throw new ServerUnreachable('the write probe has no answer', { code: result === 'late' ? WAITS_FOR_ACK : 'Lost' });
  }

  async readProbe(): Promise<WriteProbeRow | undefined> {
    return this.#reached()
      .visible.map(({ row }) => row)
      .findLast(isProbe);
  }

  async end(): Promise<void> {}

  #reached(): MemoryDatabase {
    const { isRunning, isFrozen } = this.#database;
    if (!isRunning || isFrozen)
      throw new ServerUnreachable('no answer', { code: isFrozen ? 'Timeout' : 'ECONNREFUSED' });
    return this.#database;
  }
}

export class MemoryServerProcess implements ServerProcess {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async invocation(): Promise<string | undefined> {
    return this.#database.isRunning ? `${this.#database.serverId}#${this.#database.starts}` : undefined;
  }

  async start(role: StartRole): Promise<void> {
    if (!this.#database.isRunning) this.#database.restart(role);
  }

  async kill(): Promise<void> {
    if (this.#database.isRunning) this.#database.crash();
  }
}

export function isProbe(row: unknown): row is WriteProbeRow {
  return typeof row === 'object' && row !== null && 'term' in row;
}

function lookAt(database: MemoryDatabase): ServerLook {
  const { applied, received, replicas, relay, source } = database;
  const state = new Map(database.binlog.map((transaction) => [transaction.serverId, gtid(transaction)]));
  return {
    version: '10.11-memory',
    serverId: database.serverId,
    readOnly: database.readOnly,
    logsReplicated: true,
    appliedPos: gtid(applied),
    binlogPos: gtid(database.binlog.at(-1)),
    binlogState: [...state.values()].join(','),
    replication:
      source === undefined
        ? null
        : {
            account: database.account,
            sourceHost: '127.0.0.1',
            sourcePort: source,
            receiving: database.isReceiving && !database.isShutOut,
            connecting: database.isReceiving && database.isShutOut,
            applying: database.isApplying,
            receivedPos: database.isReceivedKnown ? gtid(received) : '',
            drained: relay.length === 0,
            applyError: null,
            receiveError: database.receiveError,
            lagSeconds: 0,
          },
    semiSync: {
      primaryEnabled: database.waitsForAck,
      primaryActive: database.waitsForAck,
      clients: replicas.filter(({ acknowledges }) => acknowledges).length,
      unacknowledged: 0,
      replicaEnabled: database.acknowledges,
    },
    accounts: { lockable: database.accounts, locked: [...database.locked] },
    followers: replicas.length,
  };
}

function gtid(transaction: Transaction | undefined): string {
  return transaction === undefined ? '' : `0-${transaction.serverId}-${transaction.seq}`;
}

function assertSource(host: string, port: number): void {
  if (!HOST.test(host) || !(port > 0)) throw refused('InvalidValue');
}

function refused(code: string): ServerRefused {
  return new ServerRefused(code, { code });
}
