/**
 * A host's part in rebuilds, as a model: three directories that outlive every process, a copy that is taken from the
 * source's server while it lives, and the real duty with its journal. The source answers only orders that it would
 * answer in the real world.
 */

import { Readable } from 'node:stream';
import { ServerUnreachable } from '../../../src/actuator/database-server.ts';
import type { Clock, Timers } from '../../../src/core/clock.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { whyNotServed } from '../../../src/core/database/rebuild.ts';
import type { RebuildJournal } from '../../../src/core/database/rebuild-steps.ts';
import { RebuildDuty } from '../../../src/runtime/duty/rebuild-duty.ts';
import {
  type BackupStream,
  type RebuildDisk,
  type RebuildTools,
  RebuildWork,
} from '../../../src/runtime/duty/rebuild-work.ts';
import type { Store } from '../../../src/store/store.ts';
import { SeededRandom } from '../random.ts';
import type { StoreSights } from './db-agent.ts';
import type { Host } from './host.ts';
import type { ModelServer } from './model-server.ts';
import { DATABASE } from './settings.ts';
import { gtidOf, type Transaction } from './transaction.ts';
import type { BallotWorld } from './world.ts';

interface Copy {
  readonly id: string;
  readonly state: 'partial' | 'received' | 'prepared';
  readonly binlog: readonly Transaction[];
}

interface Data {
  readonly binlog: readonly Transaction[];
  readonly copied: number;
}

interface ProcessParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly store: Store;
}

const CONNECT_MS = 5;
const COPY_MS_MAX = 4_000;

export class HostRebuild {
  readonly #world: BallotWorld;
  readonly #server: ModelServer;
  readonly #random: SeededRandom;
  #journal: RebuildJournal | undefined;
  #incoming: Copy | undefined;
  #dataId: string | undefined;
  #aside: Data | undefined;

  constructor(world: BallotWorld, server: ModelServer, seed: number) {
    this.#world = world;
    this.#server = server;
    this.#random = new SeededRandom(seed);
  }

  /** The duty of one process of the agent. */
  duty(
    host: Host,
    process: ProcessParts,
    { view, sight }: StoreSights,
    seen: () => MemberSnapshot | undefined,
    wallMs: () => number,
    wake: () => void,
  ) {
    const { node } = this.#server;
    const about = { node, database: DATABASE, disk: this.#disk(), tools: this.#tools(process.timers) };
    return new RebuildDuty({
      ...about,
      store: process.store,
      clock: process.clock,
      policy: () => sight.now(),
      view,
      hold: () => undefined,
      seen,
      isExported: () => true,
      journal: {
        read: async () => this.#journal,
        write: async (journal) => {
          this.#journal = journal;
        },
        remove: async () => {
          this.#journal = undefined;
        },
      },
      work: new RebuildWork({ ...about, backups: this.#backups(process.timers), startsIdle: async () => {} }),
      record: (event) => {
        if (event.name === 'database:member:rebuilt') this.#world.counted('rebuilds');
        this.#world.recorded(host, event);
      },
      wallMs,
      wake,
    });
  }

  #disk(): RebuildDisk {
    const server = this.#server;
    return {
      incoming: 'new',
      aside: 'old',
      look: async (id) => ({
        data: this.#dataId === id ? 'new' : 'own',
        incoming: this.#incoming === undefined ? 'none' : this.#incoming.id === id ? this.#incoming.state : 'partial',
        aside: this.#aside !== undefined,
      }),
      free: async () => Number.MAX_SAFE_INTEGER,
      makeIncoming: async () => {
        this.#incoming = { id: '', state: 'partial', binlog: [] };
        return 'new';
      },
      mark: async (id, state) => {
        this.#incoming = { id, state, binlog: this.#incoming?.binlog ?? [] };
      },
      discardIncoming: async () => {
        this.#incoming = undefined;
      },
      swap: async () => {
        this.#mustBeDown();
        this.#aside = { binlog: server.binlog, copied: server.copied };
        this.#dataId = this.#incoming?.id;
        const binlog = this.#incoming?.binlog ?? [];
        replaceData(server, { binlog, copied: binlog.length });
        this.#incoming = undefined;
      },
      swapBack: async () => {
        this.#mustBeDown();
        this.#dataId = undefined;
        replaceData(server, this.#aside ?? { binlog: [], copied: 0 });
        this.#aside = undefined;
      },
      adopt: async () => {
        this.#dataId = undefined;
      },
      discardOld: async () => {
        this.#aside = undefined;
      },
    };
  }

  #mustBeDown(): void {
    const { invocation, node } = this.#server;
    if (invocation !== undefined) this.#world.violated(`I10: data was exchanged under ${node}`);
  }

  #tools(timers: Timers): RebuildTools {
    const server = this.#server;
    return {
      unpack: async (input) => {
        for await (const _ of input);
      },
      prepare: async () => {
        await this.#pause(timers, 500);
        return gtidOf(this.#incoming?.binlog.at(-1));
      },
      setPosition: async (position) => {
        if (server.invocation === undefined) throw new ServerUnreachable('not running', { code: 'ModelServer' });
        server.slavePos = server.binlog.at(-1);
        return position;
      },
      invocation: async () => server.invocation,
      start: async (role) => {
        await this.#pause(timers, 500);
        server.start(role);
      },
      stop: async () => {
        await this.#pause(timers, 300);
        server.crash();
      },
    };
  }

  #backups(timers: Timers): BackupStream {
    const { node } = this.#server;
    const look = (from: string, id: string): ModelServer => {
      const { policies, network, serverOf } = this.#world;
      const source = serverOf(from);
      const { view } = this.#world.truth;
      const order = view.rebuilds.find((each) => each.order.id === id)?.order;
      const question = {
        policy: policies.latest.policy,
        state: view.state,
        members: view.members,
        hasPrimary: view.primary !== undefined,
      };
      const why = whyNotServed(order, question, from);
      const isThere = source?.invocation !== undefined && !source.machine.isFrozen && network.isUp(node, from);
      if (source === undefined || !isThere || why !== undefined)
        throw new ServerUnreachable(why ?? `${from} cannot be reached`, { code: 'ModelServer' });
      return source;
    };
    return {
      size: async (from, { id }) => {
        await this.#pause(timers, CONNECT_MS);
        look(from.node, id);
        return 1;
      },
      open: async (from, { id }) => {
        await this.#pause(timers, COPY_MS_MAX);
        const source = look(from.node, id);
        this.#incoming = { id: '', state: 'partial', binlog: [...source.binlog] };
        return Readable.from([Buffer.of(1)]);
      },
    };
  }

  #pause(timers: Timers, maxMs: number): Promise<void> {
    const paused = Promise.withResolvers<void>();
    timers.after(this.#random.between(0, maxMs), () => paused.resolve());
    return paused.promise;
  }
}

/** The server is down; it gets other data, and nothing in that says where it replicated from. */
function replaceData(server: ModelServer, { binlog, copied }: Data): void {
  server.binlog = [...binlog];
  server.copied = copied;
  server.inDoubt = new Set();
  server.slavePos = undefined;
  server.source = undefined;
}
