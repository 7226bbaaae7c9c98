/**
 * What a db agent does for each database whose policy names its node: the member's duty with its fence, the look-out
 * for a server process that is gone, and the write probe. It also registers in the global store, where the arbiter
 * judges policies by the nodes that it sees.
 */
import { join } from 'node:path';
import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import { memberRecord } from '../../store/database-records.ts';
import { databaseMemberKey, nodeKey, prefixes } from '../../store/keys.ts';
import { nodeRecord } from '../../store/schema.ts';
import { readDatabase } from '../duty/database-view.ts';
import type { LeasedKeys } from '../duty/leased-keys.ts';
import { MemberDuty } from '../duty/member-duty.ts';
import { FileNotes, isAnyQuarantined } from '../duty/member-notes.ts';
import { PolicySight } from '../duty/policy-sight.ts';
import type { PrimaryRight } from '../duty/primary-right.ts';
import { readHolds } from '../duty/region-view.ts';
import type { PeerAnswer } from '../peer-server.ts';
import type { TickLoop } from '../tick-loop.ts';
import type { Agent } from './agent.ts';
import { soonest } from './arbiter-part.ts';
import type { MirrorSet } from './mirror-set.ts';
import type { Peers } from './peers.ts';
import { PolicyBook } from './policy-book.ts';
import { type LocalRebuild, type RebuildLink, RebuildPart } from './rebuild-part.ts';
import { rightOf } from './right-of.ts';

/** One database of this node. */
interface Managed {
  readonly duty: MemberDuty;
  readonly right: PrimaryRight;
  readonly rebuild: RebuildLink;
}

const TICK_MS = 1_000;
/** A ballot's longest step is a drain, which is begun anew by the next tick; a start of mariadbd is the longest action. */
const TIMEOUT_MS = 60_000;
/** How soon a vanished mariadbd is noticed: a read of /proc costs microseconds. */
const PROCESS_LOOK_MS = 100;
const MS_PER_SECOND = 1_000;

export interface LocalServer {
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  /** Is the whole host shutting down? */
  readonly hostStops: () => Promise<boolean>;
  readonly rebuild: LocalRebuild;
}

export class DatabasePart {
  readonly #agent: Agent;
  readonly #local: LocalServer;
  readonly #keys: LeasedKeys;
  readonly #peers: Peers;
  readonly #view: MirrorSet;
  readonly #holds: MirrorSet;
  readonly #book: PolicyBook;
  readonly #rebuild: RebuildPart;
  readonly #duties = new Map<string, Managed>();
  readonly #urls = new Map<string, string>();
  #loop: TickLoop | undefined;
  #invocation: string | undefined;

  private constructor(agent: Agent, local: LocalServer, keys: LeasedKeys, peers: Peers) {
    this.#agent = agent;
    this.#local = local;
    this.#keys = keys;
    this.#peers = peers;
    const { global } = agent.parts.stores;
    const wake = () => {
      this.#loop?.wake();
      this.#rebuild?.wake();
    };
    // Apart from each other: a right is compared with the databases as of their own revision, and policies rarely move.
    this.#view = agent.mirrors.open(global, [prefixes.databases], (keys) => {
      const duties = [...this.#duties.values()];
      if (duties.length === 0 || duties.some(({ duty }) => duty.wants(keys))) wake();
    });
    this.#holds = agent.mirrors.open(global, [prefixes.holds], wake);
    this.#book = new PolicyBook(agent.mirrors.open(global, [prefixes.accepted], wake), (detail) =>
      agent.parts.logger.error({ detail }, 'a policy cannot be read'),
    );
    const { process, rebuild } = local;
    this.#rebuild = new RebuildPart({
      agent,
      local: rebuild,
      process,
      view: this.#view,
      book: this.#book,
      wake: () => this.#loop?.wake(),
    });
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
    void part.#rebuild.start();
    part.#watchProcess();
    peers.use((...asked) => part.#promise(...asked));
    part.#probeLoop().start();
    return part;
  }

  /** True while this node is the open primary of some database. */
  get isPrimary(): boolean {
    return [...this.#duties.values()].some(({ right }) => right.isAlive);
  }

  /** True while the server has transactions that its primary does not have; before the first round by what is on disk. */
  async isQuarantined(): Promise<boolean> {
    const seen = [...this.#duties.values()].map(({ duty }) => duty.seen?.notes);
    if (seen.length === 0 || seen.includes(undefined)) return isAnyQuarantined(notesOf(this.#agent));
    return seen.some((each) => each?.quarantinedAt !== undefined);
  }

  async #tick(signal: AbortSignal): Promise<number | undefined> {
    const wanted: (number | undefined)[] = [];
    for (const { policy } of this.#book.ofKind('DatabaseFailover')) {
      if (!policy.members.some((member) => member.node === this.#agent.parts.config.node)) continue;
      this.#dutyFor(policy);
    }
    // Also those whose policy is gone: a right that stands has to be let go.
    for (const { duty, rebuild } of this.#duties.values()) {
      await rebuild.load();
      wanted.push(await duty.tick(signal));
    }
    return soonest(wanted);
  }

  #dutyFor(policy: DatabaseFailover): void {
    if (this.#duties.has(policy.name)) return;
    const agent = this.#agent;
    const { node, region } = agent.parts.config;
    const database = policy.name;
    const sight = new PolicySight({
      database,
      accepted: () => this.#book.database(database),
      isDeleted: () => this.#book.isGone(database),
      view: this.#view,
    });
    const wake = () => this.#loop?.wake();
    const { clock, timers } = agent;
    const { right, asker, deadMansSwitch } = rightOf(agent, policy, {
      peers: this.#peers,
      policyNow: () => sight.now()?.policy ?? policy,
      urlOf: (each) => this.#urlOf(database, each),
      onChange: wake,
      onRenewed: () => duty.renewed(),
    });
    const rebuild = this.#rebuild.join(policy, () => duty.seen);
    const duty: MemberDuty = new MemberDuty({
      server: this.#local.server,
      process: this.#rebuild.process,
      node,
      region,
      bootId: agent.parts.bootId,
      database,
      policy: () => sight.now(),
      holds: () => readHolds(this.#holds.entries()),
      view: this.#view,
      right,
      asker,
      peer: this.#peers.url,
      deadMansSwitch,
      notes: new FileNotes(join(notesOf(agent), `${database}.json`)),
      publish: async (record, signal) => {
        this.#keys.set(databaseMemberKey(database, node), memberRecord.encode(record));
        await this.#keys.flush(signal);
      },
      record: agent.record,
      clock,
      timers,
      wallMs: agent.wallMs,
      rebuild: rebuild.state,
      wake,
    });
    agent.addDatabase(database, () => ({
      serverUp: duty.seen?.server.look !== undefined,
      readOnly: duty.seen?.server.look?.readOnly ?? null,
      lagSeconds: duty.seen?.server.look?.replication?.lagSeconds ?? null,
      promisedSeconds: right.promisedForMs / MS_PER_SECOND,
      isOpenByPromises: right.isByPromises,
    }));
    this.#duties.set(database, { duty, right, rebuild });
  }

  /** A word is given to the member itself, as its certificate shows, and to nobody who speaks for it. */
  #promise: PeerAnswer = (request, isNamed) => {
    const duty = this.#duties.get(request.database)?.duty;
    const policy = this.#book.database(request.database)?.policy;
    const member = policy?.members.find(({ node }) => node === request.primary);
    if (duty === undefined || member === undefined) return { granted: false, reason: 'Unknown' };
    const isItself = isNamed(member.address) || isNamed(member.node);
    return isItself ? duty.promise(request) : { granted: false, reason: 'NotTheMember' };
  };

  /** A lost member may still answer: its last address counts. */
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

  /** In order: the primary stays open under a hold (I6), unless the whole host goes down. */
  async #stop(): Promise<void> {
    const hostStops = await this.#local.hostStops();
    for (const { duty } of this.#duties.values()) await duty.stopInOrder({ hostStops });
  }
}

const notesOf = (agent: Agent): string => join(agent.parts.config.stateDirectory, 'database');
