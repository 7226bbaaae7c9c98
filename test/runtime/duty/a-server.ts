/**
 * A database server and its process in memory: what was asked of it, in order, and what it answers. Any call can be
 * made to hang until the test lets it go.
 */
import {
  type DatabaseServer,
  type FollowOptions,
  type ReplicationLook,
  type ServerLook,
  type ServerProcess,
  ServerUnreachable,
  type StartRole,
  type WriteProbeRow,
} from '../../../src/actuator/database-server.ts';

export const aLook: ServerLook = {
  version: '10.11',
  serverId: 103,
  readOnly: false,
  logsReplicated: true,
  appliedPos: '0-103-9',
  binlogPos: '0-103-9',
  binlogState: '0-103-9',
  replication: null,
  semiSync: { primaryEnabled: false, primaryActive: false, clients: 0, unacknowledged: 0, replicaEnabled: false },
  accounts: { lockable: [], locked: [] },
  followers: 0,
};

/** Of a replica that follows north-2 and has applied everything. */
export const replicating: ReplicationLook = {
  account: 'repl-north-3',
  sourceHost: '192.0.2.12',
  sourcePort: 3306,
  receiving: true,
  applying: true,
  receivedPos: '0-102-9',
  drained: true,
  applyError: null,
  receiveError: null,
  lagSeconds: 0,
};

export class AServer implements DatabaseServer, ServerProcess {
  /** What `standStill` answers. */
  standsStill = true;
  /** Every call but looks. */
  readonly calls: string[] = [];
  facts: ServerLook = aLook;
  running: string | undefined = 'inv-1';
  row: WriteProbeRow | undefined;
  isReachable = true;
  closes: 'yes' | 'no' | 'throws' | 'hangs' = 'yes';
  killFails = false;
  /** Names of calls that fail, after having been carried out. */
  readonly failing = new Set<string>();
  /** What a call throws instead of its usual failure. */
  readonly problems = new Map<string, Error>();
  readonly #held = new Map<string, PromiseWithResolvers<void>>();

  /** From now on this call does not return. @returns lets it go */
  hang(call: string): () => void {
    const held = Promise.withResolvers<void>();
    this.#held.set(call, held);
    return () => {
      this.#held.delete(call);
      held.resolve();
    };
  }

  async look(): Promise<ServerLook> {
    await this.#held.get('look')?.promise;
    if (!this.isReachable) throw new ServerUnreachable('no answer', { code: 'ECONNREFUSED' });
    return this.facts;
  }

  prepareOpening(): Promise<void> {
    return this.#done('prepareOpening', 'prepare opening');
  }

  open({ waitForAck }: { readonly waitForAck: boolean }): Promise<void> {
    this.facts = { ...this.facts, readOnly: false };
    return this.#done('open', waitForAck ? 'open, waits' : 'open');
  }

  async close({ withinMs }: { readonly withinMs: number }): Promise<boolean> {
    this.calls.push(`close within ${withinMs}`);
    if (this.closes === 'hangs') return new Promise(() => {});
    if (this.closes === 'throws') throw new ServerUnreachable('no answer', { code: 'ECONNREFUSED' });
    if (this.closes === 'yes') this.facts = { ...this.facts, readOnly: true };
    return this.closes === 'yes';
  }

  setWaitForAck(waitForAck: boolean): Promise<void> {
    return this.#done('setWaitForAck', `wait for ack: ${waitForAck}`);
  }

  endWaiting({ olderThanMs }: { readonly olderThanMs: number }): Promise<void> {
    return this.#done('endWaiting', `end what waits for ${olderThanMs}`);
  }

  shutOut(account: string): Promise<void> {
    return this.#done('shutOut', `shut out ${account}`);
  }

  letIn(accounts: readonly string[]): Promise<void> {
    return this.#done('letIn', `let in ${accounts.join(', ')}`);
  }

  stopReceiving(): Promise<void> {
    return this.#done('stopReceiving', 'stop receiving');
  }

  resumeReplication(): Promise<void> {
    return this.#done('resumeReplication', 'resume replication');
  }

  detach(): Promise<void> {
    this.facts = { ...this.facts, replication: null };
    return this.#done('detach', 'detach');
  }

  catchUp({ host, until }: { readonly host: string; readonly until: string }): Promise<void> {
    return this.#done('catchUp', `catch up from ${host} until ${until}`);
  }

  async standStill(): Promise<boolean> {
    await this.#done('standStill', 'stand still');
    return this.standsStill;
  }

  follow({ host, port, demote, acknowledge }: FollowOptions): Promise<void> {
    const how = `${demote ? ', demoted' : ''}${acknowledge ? ', acknowledges' : ''}`;
    return this.#done('follow', `follow ${host}:${port}${how}`);
  }

  writeProbe({ term, node, atMs }: WriteProbeRow): Promise<void> {
    return this.#done('writeProbe', `write ${term} ${node} ${atMs}`);
  }

  async readProbe(): Promise<WriteProbeRow | undefined> {
    return this.row;
  }

  end(): Promise<void> {
    return this.#done('end', 'end');
  }

  async invocation(): Promise<string | undefined> {
    return this.running;
  }

  start(role: StartRole): Promise<void> {
    this.running = 'inv-2';
    return this.#done('start', `start ${role}`);
  }

  async kill(): Promise<void> {
    this.calls.push('kill');
    if (this.killFails) throw new Error('systemd does not answer');
    this.running = undefined;
  }

  async #done(call: string, said: string): Promise<void> {
    this.calls.push(said);
    await this.#held.get(call)?.promise;
    const problem = this.problems.get(call);
    if (problem !== undefined) throw problem;
    if (this.failing.has(call)) throw new ServerUnreachable(`${call} failed`, { code: 'ECONNRESET' });
  }
}
