/**
 * What a db agent does for each database whose policy names its node: the member's duty with its fence, the look-out
 * for a server process that is gone, and the write probe. It also registers in the global store, where the arbiter
 * judges policies by the nodes that it sees.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import { FenceFiles } from '../../actuator/fence-order.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import { memberRecord } from '../../store/database-records.ts';
import { databaseMemberKey, nodeKey, prefixes } from '../../store/keys.ts';
import { nodeRecord } from '../../store/schema.ts';
import { bootMs } from '../boot-clock.ts';
import { readDatabase } from '../duty/database-view.ts';
import { HeldPromises } from '../duty/held-promises.ts';
import { LeaseOnDemand } from '../duty/lease-on-demand.ts';
import type { LeasedKeys } from '../duty/leased-keys.ts';
import { MemberDuty } from '../duty/member-duty.ts';
import { FileNotes } from '../duty/member-notes.ts';
import { PrimaryRight } from '../duty/primary-right.ts';
import { PromiseAsker } from '../duty/promise-asker.ts';
import type { TickLoop } from '../tick-loop.ts';
import type { Agent } from './agent.ts';
import { readHolds, soonest } from './arbiter-part.ts';
import type { MirrorSet } from './mirror-set.ts';
import type { Peers } from './peers.ts';
import { PolicyBook } from './policy-book.ts';

const TICK_MS = 1_000;
/** A ballot's longest step is a drain, which is begun anew by the next tick; a start of mariadbd is the longest action. */
const TIMEOUT_MS = 60_000;
/** Below the run directory, which is in memory; `regent-fence.service` looks there. */
export const FENCE_DIRECTORY = 'fence';
/** How soon a vanished mariadbd is noticed: a read of /proc costs microseconds. */
const PROCESS_LOOK_MS = 100;
const MS_PER_SECOND = 1_000;
const unknownDatabase = { granted: false, reason: 'Unknown' } as const;

export interface LocalServer {
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  /** Is the whole host shutting down? */
  readonly hostStops: () => Promise<boolean>;
}

export class DatabasePart {
  readonly #agent: Agent;
  readonly #local: LocalServer;
  readonly #keys: LeasedKeys;
  readonly #peers: Peers;
  readonly #view: MirrorSet;
  readonly #holds: MirrorSet;
  readonly #book: PolicyBook;
  readonly #duties = new Map<string, { readonly duty: MemberDuty; readonly right: PrimaryRight }>();
  readonly #urls = new Map<string, string>();
  #loop: TickLoop | undefined;
  #invocation: string | undefined;

  private constructor(agent: Agent, local: LocalServer, keys: LeasedKeys, peers: Peers) {
    this.#agent = agent;
    this.#local = local;
    this.#keys = keys;
    this.#peers = peers;
    const { global } = agent.parts.stores;
    const wake = () => this.#loop?.wake();
    // Apart from each other: a right is compared with the databases as of their own revision, and policies rarely move.
    this.#view = agent.mirrors.open(global, [prefixes.databases], wake);
    this.#holds = agent.mirrors.open(global, [prefixes.holds], wake);
    this.#book = new PolicyBook(agent.mirrors.open(global, [prefixes.accepted], wake), (detail) =>
      agent.parts.logger.error({ detail }, 'a policy cannot be read'),
    );
  }

  static join(agent: Agent, local: LocalServer, keys: LeasedKeys, peers: Peers): DatabasePart {
    const part = new DatabasePart(agent, local, keys, peers);
    const { node, region, roles, addresses } = agent.parts.config;
    const { version, bootId, stores } = agent.parts;
    if (!stores.isOne)
      keys.set(nodeKey(node), nodeRecord.encode({ region, roles, addresses, version, bootId, http: null }));
    // Before the loops: steps run in reverse, and no tick may run once the hold is written.
    agent.shutdown.add('database', () => part.#stop());
    part.#loop = agent.loop({
      name: 'database',
      everyMs: TICK_MS,
      timeoutMs: TIMEOUT_MS,
      tick: (signal) => part.#tick(signal),
    });
    part.#loop.start();
    part.#watchProcess();
    peers.use((request) => part.#duties.get(request.database)?.duty.promise(request) ?? unknownDatabase);
    part.#probeLoop().start();
    return part;
  }

  /** True while this node is the open primary of some database. */
  get isPrimary(): boolean {
    return [...this.#duties.values()].some(({ right }) => right.isAlive);
  }

  /** True while the server has transactions that its primary does not have. */
  get isQuarantined(): boolean {
    return [...this.#duties.values()].some(({ duty }) => duty.isQuarantined);
  }

  async #tick(signal: AbortSignal): Promise<number | undefined> {
    const wanted: (number | undefined)[] = [];
    for (const { policy } of this.#book.ofKind('DatabaseFailover')) {
      if (!policy.members.some((member) => member.node === this.#agent.parts.config.node)) continue;
      wanted.push(await this.#dutyFor(policy).duty.tick(signal));
    }
    return soonest(wanted);
  }

  #dutyFor(policy: DatabaseFailover): { readonly duty: MemberDuty; readonly right: PrimaryRight } {
    const known = this.#duties.get(policy.name);
    if (known !== undefined) return known;
    const agent = this.#agent;
    const { node, region, stateDirectory } = agent.parts.config;
    const { bootId } = agent.parts;
    const { name: database } = policy;
    const wake = () => this.#loop?.wake();
    const { clock, timers } = agent;
    const { right, asker, deadMansSwitch } = this.#rightOf(policy, () => duty.renewed());
    const duty = new MemberDuty({
      ...this.#local,
      node,
      region,
      bootId,
      database,
      policy: () => this.#book.database(database),
      holds: () => readHolds(this.#holds),
      view: this.#view,
      right,
      asker,
      peer: this.#peers.url,
      deadMansSwitch,
      notes: new FileNotes(join(stateDirectory, 'database', `${database}.json`)),
      publish: async (record, signal) => {
        this.#keys.set(databaseMemberKey(database, node), memberRecord.encode(record));
        await this.#keys.flush(signal);
      },
      record: agent.record,
      clock,
      timers,
      wallMs: agent.wallMs,
      wake,
    });
    agent.addDatabase(database, () => ({
      serverUp: duty.look !== undefined,
      readOnly: duty.look?.readOnly ?? null,
      lagSeconds: duty.look?.replication?.lagSeconds ?? null,
      promisedSeconds: right.promisedForMs / MS_PER_SECOND,
      isOpenByPromises: right.isByPromises,
    }));
    const made = { duty, right };
    this.#duties.set(database, made);
    return made;
  }

  /** The right to be open by a lease and by promises, and the switch that ends it when this process cannot. */
  #rightOf(policy: DatabaseFailover, onRenewed: () => void) {
    const { clock, timers, onProblem, parts } = this.#agent;
    const { bootId, runDirectory, stores, config } = parts;
    const { name: database, ttlMs, marginMs } = policy;
    const store = stores.global;
    const onChange = () => this.#loop?.wake();
    const lease = new LeaseOnDemand({ store, ttlMs, marginMs, clock, timers, onRenewed, onChange, onProblem });
    const promises = new HeldPromises(clock);
    const directory = join(runDirectory, FENCE_DIRECTORY);
    const deadMansSwitch = new FenceFiles({ directory, node: config.node, database, bootId, bootMs });
    const right = new PrimaryRight({ database, store, lease, promises, deadMansSwitch });
    const asker = new PromiseAsker({
      node: config.node,
      asker: randomUUID(),
      policy: () => this.#book.database(database)?.policy ?? policy,
      right,
      promises,
      peers: this.#peers,
      urlOf: (each) => this.#urlOf(database, each),
      clock,
      timers,
      onGranted: onRenewed,
      onProblem,
    });
    asker.start();
    return { right, asker, deadMansSwitch };
  }

  /** A member that the store has lost may still answer: its last address counts. */
  #urlOf(database: string, node: string): string | undefined {
    const peer = readDatabase(database, this.#view.entries()).members.find((member) => member.node === node)?.peer;
    if (peer != null) this.#urls.set(`${database}/${node}`, peer);
    return this.#urls.get(`${database}/${node}`);
  }

  /** Asks again and again whether the process is still the same; a change brings the tick forward. */
  #watchProcess(): void {
    const look = async (): Promise<void> => {
      const invocation = await this.#local.process.invocation().catch(() => this.#invocation);
      if (invocation !== this.#invocation) this.#loop?.wake();
      this.#invocation = invocation;
      if (!this.#agent.shutdown.isEnding) this.#agent.timers.after(PROCESS_LOOK_MS, () => void look());
    };
    void look();
  }

  #probeLoop(): TickLoop {
    const everyMs = () =>
      Math.min(TICK_MS, ...this.#book.ofKind('DatabaseFailover').map(({ policy }) => policy.writeProbe.everyMs));
    return this.#agent.loop({
      name: 'write-probe',
      everyMs: TICK_MS,
      timeoutMs: 10 * TICK_MS,
      tick: async (signal) => {
        for (const { duty } of this.#duties.values()) await duty.probeWrites(signal);
        return everyMs();
      },
    });
  }

  /** In order: the primary stays open, and a hold says why nobody takes over (I6), unless the whole host goes down. */
  async #stop(): Promise<void> {
    const hostStops = await this.#local.hostStops();
    for (const { duty } of this.#duties.values()) await duty.stopInOrder({ hostStops });
  }
}
