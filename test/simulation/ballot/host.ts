/**
 * A simulated host: a clock that both of its machines share in rate, the agent's process on one, mariadbd's on the
 * other, the fence's on a third, a way to the store, and a disk that outlives them.
 */
import type { MemberNotes, NotesStore } from '../../../src/runtime/duty/member-notes.ts';
import type { LeaseMemory, RememberedLease } from '../../../src/store/lease-memory.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { Machine } from '../machine.ts';
import { Path } from '../path.ts';
import type { SeededRandom } from '../random.ts';
import { DRIFT_PPM_MAX } from '../timing.ts';
import { CALL_TIMEOUT_MS } from './settings.ts';
import type { BallotWorld } from './world.ts';

export class Host {
  readonly node: string;
  readonly region: string;
  readonly agentMachine: Machine;
  readonly serverMachine: Machine;
  readonly fenceMachine: Machine;
  readonly path: Path;
  readonly random: SeededRandom;
  readonly #world: BallotWorld;
  readonly #wallSkewMs: number;
  readonly #memories = new Map<string, LeaseMemory>();
  readonly #notes = new Map<string, NotesStore>();

  constructor(world: BallotWorld, node: string, random: SeededRandom) {
    this.node = node;
    this.region = node.split('-')[0] ?? '';
    this.random = random;
    this.#world = world;
    const driftPpm = random.between(-DRIFT_PPM_MAX / 2, DRIFT_PPM_MAX / 2);
    this.agentMachine = new Machine(world.scheduler, driftPpm);
    this.serverMachine = new Machine(world.scheduler, driftPpm);
    this.fenceMachine = new Machine(world.scheduler, driftPpm);
    this.#wallSkewMs = random.between(-20, 20);
    const latencyMaxMs = random.between(3, 15);
    this.path = new Path({ scheduler: world.scheduler, random: random.fork(), latencyMinMs: 0.3, latencyMaxMs });
  }

  readonly wallMs = (): number => 1_700_000_000_000 + this.#wallSkewMs + this.agentMachine.clock.nowMs();

  /** A client of the store for the process that runs now. */
  store(): Store {
    return new MemoryStore({
      name: 'global',
      cluster: this.#world.cluster,
      timers: this.agentMachine.timers(),
      link: this.path.link(this.agentMachine.receiver()),
      member: () => this.path.member,
      callTimeoutMs: CALL_TIMEOUT_MS,
    });
  }

  leaseMemory(name: string): LeaseMemory {
    const known = this.#memories.get(name) ?? memoryOf();
    this.#memories.set(name, known);
    return known;
  }

  notes(database: string): NotesStore {
    const known = this.#notes.get(database) ?? notesOf();
    this.#notes.set(database, known);
    return known;
  }

  cutFromStore(): void {
    this.path.isCutToStore = true;
    this.path.isCutFromStore = true;
  }

  healToStore(): void {
    this.path.isCutToStore = false;
    this.path.isCutFromStore = false;
  }

  freeze(): void {
    this.agentMachine.freeze();
    this.serverMachine.freeze();
    this.fenceMachine.freeze();
  }

  thaw(): void {
    this.serverMachine.thaw();
    this.agentMachine.thaw();
    this.fenceMachine.thaw();
  }
}

function memoryOf(): LeaseMemory {
  let remembered: RememberedLease | undefined;
  return {
    load: async () => remembered,
    save: async (lease) => {
      remembered = lease;
    },
    clear: async () => {
      remembered = undefined;
    },
  };
}

function notesOf(): NotesStore {
  let notes: MemberNotes = { highestTerm: 0n, quarantinedAt: undefined, followedTerm: undefined };
  return {
    read: async () => notes,
    write: async (next) => {
      notes = next;
    },
  };
}
