/**
 * The ports to a database server and its process, on a model server. Each call takes time, is carried out by the server
 * whether or not the agent that asked still lives, and ends for the agent after a bound.
 */
import {
  type DatabaseServer,
  type FollowOptions,
  type Seen,
  type ServerLook,
  type ServerProcess,
  ServerUnreachable,
  type StartRole,
  WAITS_FOR_ACK,
  type WriteProbeRow,
} from '../../../src/actuator/database-server.ts';
import { configuredId, replicaId } from '../../../src/actuator/mariadb-identity.ts';
import { contains } from '../../../src/core/database/gtid.ts';
import type { Machine } from '../machine.ts';
import type { SeededRandom } from '../random.ts';
import { fetch } from './model-fetch.ts';
import { isSourceSilent, lookAt, nodeOf } from './model-look.ts';
import type { ModelServer, Outcome } from './model-server.ts';
import { gtidOf } from './transaction.ts';

const CALL_TIMEOUT_MS = 1_000;
const START_MS = 400;
const KILL_MS = 15;
const KILL_CONN_TIMEOUT_MS = 1_000;

export interface ServerPortOptions {
  readonly server: ModelServer;
  /** The machine that the agent runs on. */
  readonly machine: Machine;
  readonly random: SeededRandom;
  readonly serverOf: (node: string) => ModelServer | undefined;
  /** The nodes of all servers. */
  readonly peers: readonly string[];
  readonly isUp: (a: string, b: string) => boolean;
  readonly newId: () => string;
  readonly onShutOut: () => void;
  readonly onOpen: (server: ModelServer) => void;
  readonly onWrite: (server: ModelServer, id: string, outcome: Outcome) => void;
}

export class ServerPort implements DatabaseServer, ServerProcess {
  readonly #options: ServerPortOptions;

  constructor(options: ServerPortOptions) {
    this.#options = options;
  }

  look(): Promise<ServerLook> {
    return this.#call((server) => lookAt(server, this.#options.peers));
  }

  prepareOpening({ waitForAck }: { readonly waitForAck: boolean }): Promise<void> {
    return this.#call((server) => prepare(server, waitForAck));
  }

  open({ waitForAck }: { readonly waitForAck: boolean }): Promise<void> {
    return this.#call((server) => {
      prepare(server, waitForAck);
      server.readOnly = false;
      this.#options.onOpen(server);
    });
  }

  async close({ withinMs }: { readonly withinMs: number }): Promise<boolean> {
    if (this.#options.random.happens(0.05)) {
      await this.#pause(withinMs);
      return false;
    }
    return this.#call((server) => {
      server.sessions.loseAll();
      server.readOnly = true;
      return true;
    }, withinMs).catch(() => false);
  }

  setWaitForAck(waitForAck: boolean): Promise<void> {
    return this.#call((server) => server.setWaiting(waitForAck));
  }

  endWaiting(): Promise<void> {
    return this.#call((server) => server.sessions.endHead());
  }

  shutOut(account: string): Promise<void> {
    return this.#call((server) => {
      server.shutOut(nodeOf(account));
      this.#options.onShutOut();
    });
  }

  letIn(accounts: readonly string[]): Promise<void> {
    return this.#call((server) => {
      for (const account of accounts) server.shutOuts.delete(nodeOf(account));
    });
  }

  /** It acknowledges nothing more at once, and says so when it has given up to tell a source that does not answer. */
  stopReceiving(): Promise<void> {
    return this.#stop((server) => server.stopReceiving());
  }

  standStill({ binlogState, mayForget }: Seen): Promise<boolean> {
    return this.#stop((server) => {
      server.stopReceiving();
      if (!mayForget && server.relay.length > 0) return false;
      server.stopReplication();
      return lookAt(server, this.#options.peers).binlogState === binlogState;
    });
  }

  async #stop<T>(stop: (server: ModelServer) => T): Promise<T> {
    const { server: own, serverOf, isUp } = this.#options;
    const isSlow = isSourceSilent(own, serverOf(own.source ?? ''), isUp);
    const answer = await this.#call(stop);
    if (isSlow) await this.#pause(KILL_CONN_TIMEOUT_MS);
    return answer;
  }

  resumeReplication(): Promise<void> {
    return this.#call((server) => {
      server.bornId = replicaId(server.bornId);
      server.startReplication();
    });
  }

  detach(): Promise<void> {
    return this.#call((server) => {
      if (server.relay.length > 0) throw unreachable('received transactions are not applied');
      server.stopReplication();
      server.source = undefined;
    });
  }

  async catchUp(from: { readonly host: string; readonly until: string }): Promise<void> {
    const { serverOf, isUp } = this.#options;
    await this.#call((server) => {
      if (contains(gtidOf(server.slavePos), from.until)) return;
      if (server.relay.length > 0) throw unreachable('received transactions are not applied');
      const other = isUp(server.node, from.host) ? serverOf(from.host) : undefined;
      if (!fetch(server, other, from.until)) throw unreachable('no source, or it has not got it');
    });
  }

  follow({ host, demote, acknowledge }: FollowOptions): Promise<void> {
    return this.#call((server) => {
      server.stopReplication();
      if (demote) server.slavePos = server.binlog.at(-1);
      server.source = host;
      server.semiSyncReplica = acknowledge;
      server.bornId = replicaId(server.bornId);
      server.startReplication();
    });
  }

  async writeProbe(row: WriteProbeRow, { timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const { server, newId, onWrite } = this.#options;
    const id = newId();
    const answer = Promise.withResolvers<void>();
    const started = this.#call((running) =>
      running.execute(id, row, (outcome) => {
        onWrite(server, id, outcome);
        this.#options.machine.receiver()(() =>
          outcome === 'ok' ? answer.resolve() : answer.reject(unreachable(outcome)),
        );
      }),
    );
    const timer = this.#options.machine.timers().after(timeoutMs, () => answer.reject(timedOut(server)));
    // Whichever fails first tells; the other one is heard so that it is not left unhandled.
    answer.promise.catch(() => {});
    try {
      await started;
      await answer.promise;
    } finally {
      timer.cancel();
    }
  }

  readProbe(): Promise<WriteProbeRow | undefined> {
    return this.#call((server) => server.binlog.findLast(({ probe }) => probe !== undefined)?.probe);
  }

  async end(): Promise<void> {}

  async invocation(): Promise<string | undefined> {
    return this.#options.server.invocation;
  }

  async start(role: StartRole): Promise<void> {
    await this.#pause(START_MS);
    this.#options.server.start(role);
  }

  async kill(): Promise<void> {
    await this.#pause(KILL_MS);
    this.#options.server.crash();
  }

  #pause(ms: number): Promise<void> {
    const { machine } = this.#options;
    return new Promise((resolve) => machine.timers().after(ms, () => resolve()));
  }

  /** The server acts on its own; what it answers reaches the agent only if that still lives. */
  #call<T>(action: (server: ModelServer) => T, withinMs = CALL_TIMEOUT_MS): Promise<T> {
    const { server, machine, random } = this.#options;
    const answer = Promise.withResolvers<T>();
    const toAgent = machine.receiver();
    const timer = machine.timers().after(withinMs, () => answer.reject(timedOut(server)));
    const settle = (how: () => void) => {
      toAgent(() => {
        timer.cancel();
        how();
      });
    };
    if (server.invocation === undefined) {
      settle(() => answer.reject(unreachable('not running')));
      return answer.promise;
    }
    server.machine.timers().after(random.between(0.3, 6), () => {
      try {
        const value = action(server);
        settle(() => answer.resolve(value));
      } catch (error) {
        settle(() => answer.reject(error));
      }
    });
    return answer.promise;
  }
}

const prepare = (server: ModelServer, waitForAck: boolean): void => {
  server.setWaiting(waitForAck);
  server.bornId = configuredId(server.bornId);
};

/** A model that runs makes a write wait for its acknowledgement only. */
const timedOut = (server: ModelServer): ServerUnreachable =>
  new ServerUnreachable('timeout', { code: server.semiSyncPrimary ? WAITS_FOR_ACK : 'Timeout' });

function unreachable(message: string): ServerUnreachable {
  return new ServerUnreachable(message, { code: 'ModelServer' });
}
