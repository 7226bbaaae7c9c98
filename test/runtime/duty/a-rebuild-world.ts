/**
 * A node whose server is to be rebuilt, in memory: the store with its order, three directories, a server that can be
 * stopped, and a process of the agent that can be killed between any two steps. The node is north-2, its source south-1.
 */
import { PassThrough, type Readable } from 'node:stream';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { RebuildOrder } from '../../../src/core/database/rebuild-order.ts';
import type { DiskLook, RebuildJournal } from '../../../src/core/database/rebuild-steps.ts';
import type { DatabaseState, MemberRecord } from '../../../src/core/database/state.ts';
import { RebuildDuty } from '../../../src/runtime/duty/rebuild-duty.ts';
import { type RebuildDisk, type RebuildTools, RebuildWork } from '../../../src/runtime/duty/rebuild-work.ts';
import { rebuildRecord } from '../../../src/store/database-records.ts';
import { databaseRebuildKey } from '../../../src/store/keys.ts';
import {
  aKey,
  anAcker,
  anAgent,
  aPolicy,
  aRecord,
  aReplicaLook,
  aReplication,
  aState,
  NODES,
} from '../../core/database/a-database.ts';
import { putMember, putPrimary, putState } from './a-database.ts';
import { AStore, AView, never, Told } from './a-store.ts';

export const REBUILT = 'north-2';
const KEY = databaseRebuildKey('keystone', REBUILT);
export const ORDER: RebuildOrder = {
  id: 'o1',
  node: REBUILT,
  from: 'south-1',
  kind: 'rebuild',
  term: 4n,
  isForced: false,
  discardsOld: false,
  isCancelled: false,
  orderedBy: 'ada@north-1',
  orderedAtMs: 1,
  phase: 'ordered',
  bytes: 0,
  totalBytes: null,
  detail: '',
  changedAtMs: 1,
};

interface Directory {
  readonly id: string;
  readonly state: string;
}

export class RebuildWorld {
  readonly stored = new AStore();
  readonly view = new AView(this.stored);
  readonly told = new Told();
  readonly calls: string[] = [];
  /** The call after which, or in which, something goes wrong. */
  readonly failing = new Set<string>();
  free = 1e12;
  data: 'old' | Directory | undefined = 'old';
  incoming: Directory | undefined;
  aside = false;
  running: string | undefined = 'i1';
  starts = 1;
  journal: RebuildJournal | undefined;
  isExported = true;
  follows = true;
  /** What the source sends; a test that holds it back ends it itself. */
  body: () => Readable = () => PassThrough.from([Buffer.alloc(40), Buffer.alloc(60)]);
  duty: RebuildDuty = this.process();

  constructor() {
    putState(this.stored, this.state());
    putPrimary(this.stored, aKey());
    for (const node of NODES) this.member(node);
    this.member(REBUILT, { quarantined: true, follows: null });
  }

  state(difference: Partial<DatabaseState> = {}): DatabaseState {
    return aState({ ackers: [anAcker('north-3')], ...difference });
  }

  member(node: string, difference: Partial<MemberRecord> = {}): void {
    const primary = node === 'north-1' ? { follows: null, readOnly: false } : {};
    putMember(this.stored, aRecord(node, { ...primary, ...difference }));
  }

  order(difference: Partial<RebuildOrder> = {}): void {
    this.stored.put(KEY, rebuildRecord.encode({ ...ORDER, ...difference }));
  }

  get ordered(): RebuildOrder {
    return rebuildRecord.decode(KEY, this.stored.entry(KEY)?.value ?? '');
  }

  cancel(): void {
    this.order({ ...this.ordered, isCancelled: true });
  }

  /** Ticks until nothing more happens, or until it says so. */
  async run(until: () => boolean = () => false): Promise<void> {
    for (let round = 0; round < 60 && !until(); round++) {
      await this.duty.tick(never);
      await this.stored.time.advance(1_000);
    }
  }

  /** The agent is killed and comes back: only the disks remain. */
  restart(): void {
    this.duty = this.process();
  }

  process(): RebuildDuty {
    const { stored, disk, tools } = this;
    const { time } = stored;
    const backups = {
      size: async () => 100,
      open: async () => {
        this.#calls('open');
        return this.body();
      },
    };
    const about = { node: REBUILT, database: 'keystone', disk, tools };
    return new RebuildDuty({
      ...about,
      policy: () => aPolicy(),
      view: this.view,
      hold: () => undefined,
      seen: () => this.#seen(),
      isExported: () => this.isExported,
      journal: {
        read: async () => this.journal,
        write: async (journal) => {
          this.journal = journal;
        },
        remove: async () => {
          this.journal = undefined;
        },
      },
      work: new RebuildWork({ ...about, backups, startsIdle: async () => {} }),
      store: stored.client(),
      record: this.told.record,
      clock: time,
      wallMs: time.wallMs,
      wake: () => {},
    });
  }

  get disk(): RebuildDisk {
    const look = async (id: string): Promise<DiskLook> => ({
      data: this.data === undefined ? 'none' : this.data !== 'old' && this.data.id === id ? 'new' : 'own',
      incoming:
        this.incoming === undefined ? 'none' : this.incoming.id === id ? (this.incoming.state as 'partial') : 'partial',
      aside: this.aside,
    });
    return {
      incoming: '/data.new',
      aside: '/data.old',
      look,
      free: async () => this.free,
      makeIncoming: async () => {
        this.incoming = { id: '', state: 'partial' };
        return '/data.new';
      },
      mark: async (id, state) => {
        this.incoming = { id, state };
      },
      discardIncoming: async () => {
        this.#calls('discard incoming');
        this.incoming = undefined;
      },
      swap: async () => {
        this.#calls('swap');
        if (this.data === 'old') this.aside = true;
        this.data = this.incoming;
        this.incoming = undefined;
      },
      swapBack: async () => {
        this.#calls('swap back');
        if (typeof this.data === 'object') this.incoming = this.data;
        this.data = this.aside ? 'old' : undefined;
        this.aside = false;
      },
      adopt: async () => this.#calls('adopt'),
      discardOld: async () => {
        this.#calls('discard old');
        this.aside = false;
      },
    };
  }

  get tools(): RebuildTools {
    return {
      unpack: async (input) => {
        for await (const _ of input);
        this.#calls('unpack');
      },
      prepare: async () => {
        this.#calls('prepare');
        return '0-101-50';
      },
      setPosition: async (position) => {
        this.#calls(`position ${position}`);
        return position;
      },
      invocation: async () => this.running,
      start: async (role) => {
        this.#calls(`start ${role}`);
        this.starts += 1;
        this.running = `i${this.starts}`;
      },
      stop: async () => {
        this.#calls('stop');
        this.running = undefined;
      },
    };
  }

  #calls(name: string): void {
    this.calls.push(name);
    const [verb = ''] = name.split(' ');
    if (this.failing.has(verb)) throw Object.assign(new Error(`${verb} went wrong`), { code: 'Broken' });
  }

  /** As the member's duty would see it: the new server follows as soon as it may. */
  #seen(): MemberSnapshot {
    const joins = this.follows && this.duty.hold === 'joining';
    const look = aReplicaLook({ replication: joins ? aReplication() : null });
    return anAgent({ node: REBUILT, server: { invocation: this.running, look } });
  }
}
