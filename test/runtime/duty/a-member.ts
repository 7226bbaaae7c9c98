/** A db agent's duty on a store and a server in memory: the node is north-3, its server is open, the store names it. */
import type { Timer, Timers } from '../../../src/core/clock.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import type { Hold } from '../../../src/core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import { HeldPromises } from '../../../src/runtime/duty/held-promises.ts';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { MemberDuty } from '../../../src/runtime/duty/member-duty.ts';
import type { MemberNotes } from '../../../src/runtime/duty/member-notes.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { PromiseAsker } from '../../../src/runtime/duty/promise-asker.ts';
import { database, inForce } from '../../core/a-region.ts';
import { MemorySwitch } from '../../fakes/memory-switch.ts';
import { DATABASE, NODE, putMember, putState, steady } from './a-database.ts';
import { Peers } from './a-peer.ts';
import { AServer } from './a-server.ts';
import { AStore, AView, never, Told } from './a-store.ts';

/** Timers whose callbacks can be kept waiting, as those of a process that does not get the processor. */
export class LateTimers implements Timers {
  readonly #timers: Timers;
  isHeldUp = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#timers.after(delayMs, () => {
      if (!this.isHeldUp) callback();
    });
  }
}

export function aMemberDuty() {
  const stored = new AStore();
  const { time } = stored;
  const view = new AView(stored);
  const server = new AServer();
  const told = new Told();
  const timers = new LateTimers(time);
  const published: MemberRecord[] = [];
  const world: {
    policy: Accepted<DatabaseFailover> | undefined;
    notes: MemberNotes;
    notesAreTorn: boolean;
    publishing: Promise<void>;
    wakes: number;
    holds: Hold[];
  } = {
    policy: inForce(database, 5n),
    notes: { highestTerm: 0n, quarantinedAt: undefined, followedTerm: undefined },
    notesAreTorn: false,
    publishing: Promise.resolve(),
    wakes: 0,
    holds: [],
  };
  const deadMansSwitch = new MemorySwitch(time);
  const { promises, right, peers, asker } = aRight(stored, deadMansSwitch, () => duty.renewed());
  asker.start();
  const duty = new MemberDuty({
    node: NODE,
    region: 'north',
    bootId: 'boot-1',
    database: DATABASE,
    policy: () => world.policy,
    holds: () => world.holds,
    view,
    right,
    asker,
    peer: peers.url,
    deadMansSwitch,
    server,
    process: server,
    notes: {
      read: async () => {
        if (world.notesAreTorn) throw new SyntaxError('torn');
        return world.notes;
      },
      write: async (notes) => {
        server.calls.push(`note ${notes.highestTerm} ${notes.quarantinedAt ?? '-'}`);
        world.notes = notes;
      },
    },
    publish: async (record) => {
      published.push(record);
      await world.publishing;
      putMember(stored, record);
    },
    record: told.record,
    clock: time,
    timers,
    wallMs: time.wallMs,
    rebuild: () => ({ hold: undefined, isUnderWay: false }),
    wake: () => {
      world.wakes += 1;
    },
  });
  return {
    ...{ stored, time, view, server, told, timers, published, world },
    ...{ right, asker, promises, peers, duty, deadMansSwitch },
  };
}

/** The right to be open, with the promises of others beside its lease. */
function aRight(stored: AStore, deadMansSwitch: MemorySwitch, onRenewed: () => void) {
  const { time } = stored;
  const lease = new LeaseOnDemand({
    store: stored.client(),
    timing: () => database,
    clock: time,
    timers: time,
    onRenewed,
    onChange: () => {},
    onProblem: () => {},
  });
  const promises = new HeldPromises(time);
  const right = new PrimaryRight({ database: DATABASE, store: stored.client(), lease, promises, deadMansSwitch });
  const peers = new Peers();
  const asker = new PromiseAsker({
    node: NODE,
    asker: 'process-1',
    policy: () => database,
    right,
    promises,
    peers,
    urlOf: (node) => `https://${node}:9465`,
    clock: time,
    timers: time,
    onGranted: onRenewed,
    onProblem: () => {},
  });
  return { promises, right, peers, asker };
}

/** The primary, adopted, with its key under its lease; what led there is forgotten. */
export async function aPrimary() {
  const member = aMemberDuty();
  putState(member.stored, { ...steady, switchedAtMs: 0 });
  await member.duty.tick(never);
  await member.duty.tick(never);
  if (!member.right.holds(steady.term)) throw new Error('the adopted primary has no key');
  member.server.calls.length = 0;
  member.told.events.length = 0;
  member.deadMansSwitch.calls.length = 0;
  return member;
}
