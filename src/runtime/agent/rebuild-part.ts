/**
 * What a db agent does when its server has gone its own way: export what only it has, replace its data when an operator
 * orders it, and give its own data away for an order of another node. Loops of its own: all of it takes long, and none
 * of it may hold up the member's duty.
 */
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { ServerProcess } from '../../actuator/database-server.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import { whyNotServed } from '../../core/database/rebuild.ts';
import type { RebuildHold } from '../../core/database/rebuild-steps.ts';
import { type Hold, holdOver } from '../../core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { prefixes } from '../../store/keys.ts';
import { type BackupOffer, BackupServer, type BackupServerOptions } from '../backup-server.ts';
import { readDatabase } from '../duty/database-view.ts';
import { QuarantineExport, type TransactionExport } from '../duty/quarantine-export.ts';
import { RebuildDuty } from '../duty/rebuild-duty.ts';
import { FileRebuildJournal } from '../duty/rebuild-journal.ts';
import {
  type BackupRequest,
  type BackupStream,
  type RebuildDisk,
  type RebuildTools,
  RebuildWork,
} from '../duty/rebuild-work.ts';
import { readHolds } from '../duty/region-view.ts';
import { StartGate } from '../duty/start-gate.ts';
import type { TickLoop } from '../tick-loop.ts';
import type { Agent } from './agent.ts';
import { soonest } from './arbiter-part.ts';
import type { MirrorSet } from './mirror-set.ts';
import type { PolicyBook } from './policy-book.ts';

/** This node's programs, directories and certificates. */
export interface LocalRebuild {
  readonly disk: RebuildDisk & { used(): Promise<number> };
  readonly tools: RebuildTools;
  /** Undefined if the grants do not let this node give its data away: then it does not listen. */
  readonly giving: ((output: Writable, signal: AbortSignal) => Promise<void>) | undefined;
  readonly backups: BackupStream;
  readonly listen: Pick<BackupServerOptions, 'address' | 'port' | 'tls'>;
  /** @param directory where the files go */
  readonly exportsTo: (directory: string) => TransactionExport;
}

/** What the member's duty of one database needs to know. */
export interface RebuildLink {
  load(): Promise<void>;
  state(): { readonly hold: RebuildHold; readonly isUnderWay: boolean };
}

export interface RebuildPartDeps {
  readonly agent: Agent;
  readonly local: LocalRebuild;
  readonly process: ServerProcess;
  readonly view: MirrorSet;
  readonly book: PolicyBook;
  /** Brings the member's duty forward. */
  readonly wake: () => void;
}

const TICK_MS = 1_000;
/** Starting and stopping mariadbd are the longest things that a tick waits for. */
const TIMEOUT_MS = 300_000;
const EXPORT_EVERY_MS = 10_000;
/** Above the bound that reading the logs has by itself. */
const EXPORT_TIMEOUT_MS = 900_000;

export class RebuildPart {
  readonly #deps: RebuildPartDeps;
  /** The process for everybody but a rebuild. */
  readonly process: StartGate;
  readonly #duties = new Map<string, { readonly rebuild: RebuildDuty; readonly exports: QuarantineExport }>();
  readonly #holds: MirrorSet;
  #loop: TickLoop | undefined;

  constructor(deps: RebuildPartDeps) {
    this.#deps = deps;
    const { agent } = deps;
    this.process = new StartGate(deps.process, () =>
      [...this.#duties.values()].some((each) => each.rebuild.hold === 'taken'),
    );
    this.#holds = agent.mirrors.open(agent.parts.stores.global, [prefixes.holds], () => this.wake());
    agent.shutdown.add('rebuild', async () => {
      await Promise.all([...this.#duties.values()].map(({ rebuild }) => rebuild.stop()));
    });
  }

  async start(): Promise<void> {
    const { agent } = this.#deps;
    this.#loop = agent.loop({
      name: 'rebuild',
      everyMs: TICK_MS,
      timeoutMs: TIMEOUT_MS,
      tick: (signal) => this.#tick(signal),
    });
    this.#loop.start();
    const tick = async (signal: AbortSignal): Promise<undefined> => {
      for (const { exports } of this.#duties.values()) await exports.tick(signal);
    };
    agent.loop({ name: 'quarantine-export', everyMs: EXPORT_EVERY_MS, timeoutMs: EXPORT_TIMEOUT_MS, tick }).start();
    await this.#listen();
  }

  wake(): void {
    this.#loop?.wake();
  }

  /** @param seen what the member's duty of this database saw last */
  join(policy: DatabaseFailover, seen: () => MemberSnapshot | undefined): RebuildLink {
    const { agent, local, view, wake } = this.#deps;
    const { name } = policy;
    const { clock, record, wallMs } = agent;
    const { node, stateDirectory } = agent.parts.config;
    const exports = new QuarantineExport({
      seen,
      exports: local.exportsTo(join(stateDirectory, 'quarantine', name)),
      record,
      wallMs,
    });
    const { disk, tools, backups } = local;
    const startsIdle = () => this.process.idle();
    const rebuild = new RebuildDuty({
      node,
      database: name,
      policy: () => this.#policy(name),
      view,
      hold: () => holdOver(`database/${name}`, this.#standingHolds(), wallMs()),
      seen,
      isExported: () => exports.isComplete,
      journal: new FileRebuildJournal(join(stateDirectory, 'rebuild', `${name}.json`)),
      disk,
      work: new RebuildWork({ node, database: name, disk, tools, backups, startsIdle }),
      tools,
      store: agent.parts.stores.global,
      record,
      clock,
      wallMs,
      wake,
    });
    this.#duties.set(name, { rebuild, exports });
    return {
      load: () => rebuild.load(),
      state: () => ({ hold: rebuild.hold, isUnderWay: rebuild.isUnderWay }),
    };
  }

  async #tick(signal: AbortSignal): Promise<number | undefined> {
    const wanted: (number | undefined)[] = [];
    for (const { rebuild } of this.#duties.values()) wanted.push(await rebuild.tick(signal));
    return soonest(wanted);
  }

  /** An agent that cannot listen works all the same; nobody gets a copy from it, and the order says why. */
  async #listen(): Promise<void> {
    const { agent, local } = this.#deps;
    const { giving, listen, disk } = local;
    if (giving === undefined) return;
    const offer: BackupOffer = {
      whyNot: (request, isPeer) => this.#whyNot(request, isPeer),
      size: () => disk.used(),
      stream: giving,
    };
    const { timers, onProblem } = agent;
    const server = new BackupServer({ ...listen, offer, timers, onProblem });
    agent.shutdown.add('backup server', () => server.stop());
    await server.start().catch((error: unknown) => {
      agent.parts.logger.error({ detail: String(error) }, 'other nodes cannot take copies from here');
    });
  }

  #whyNot({ database, node, id }: BackupRequest, isPeer: (address: string) => boolean): string | undefined {
    const { agent, view } = this.#deps;
    const policy = this.#policy(database)?.policy;
    if (policy === undefined) return `there is no database ${database}`;
    if (view.awayForMs() > 0) return 'the store is away, nobody knows whether the order stands';
    const address = policy.members.find((member) => member.node === node)?.address;
    if (address === undefined || !isPeer(address)) return `the certificate does not name ${node}`;
    const { state, primary, members, rebuilds } = readDatabase(database, view.entries());
    const order = rebuilds.find((each) => each.order.node === node && each.order.id === id)?.order;
    const question = { policy, state, members, hasPrimary: primary !== undefined };
    return whyNotServed(order, question, agent.parts.config.node);
  }

  #policy(name: string): Accepted<DatabaseFailover> | undefined {
    return this.#deps.book.database(name);
  }

  #standingHolds(): readonly Hold[] {
    return readHolds(this.#holds.entries());
  }
}
