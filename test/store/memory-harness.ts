/** The memory store, on virtual time, as the contract suite wants it. */
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { type Link, MemoryStore } from '../../src/store/memory-store.ts';
import { Scheduler } from '../simulation/scheduler.ts';
import type { Harness } from './harness.ts';

const LATENCY_MS = 1;

export async function startMemoryHarness(): Promise<Harness & { readonly cluster: MemoryCluster }> {
  const scheduler = new Scheduler();
  const cluster = new MemoryCluster({ clock: scheduler, timers: scheduler });
  const link = holdingLink(scheduler);
  const client = (way: Link) => new MemoryStore({ name: 'regional', cluster, timers: scheduler, link: way });
  const store = client(link);
  const other = client(holdingLink(scheduler));
  const harness = {
    store,
    other,
    cluster,
    clock: scheduler,
    timers: scheduler,
    advance: (durationMs: number) => scheduler.advance(durationMs),
    settle: async <T>(promise: Promise<T>): Promise<T> => {
      let isSettled = false;
      const mark = () => {
        isSettled = true;
      };
      promise.then(mark, mark);
      for (let step = 0; step < 10_000; step++) {
        await scheduler.advance(0);
        if (isSettled) return promise;
        await scheduler.advance(LATENCY_MS);
      }
      throw new Error('the call did not settle within 10s');
    },
    compact: async () => cluster.compact(),
    loseQuorum: async () => cluster.loseLeader(),
    regainQuorum: async () => cluster.electLeader(),
    freeze: (...directions: readonly ('toServer' | 'fromServer')[]) => {
      for (const direction of directions) link.held.add(direction);
    },
    thaw: () => link.thaw(),
    stop: async () => {
      await store.close();
      await other.close();
    },
  };
  return harness;
}

/** Holds messages back while frozen, as TCP does, and lets them go when thawed. */
function holdingLink(scheduler: Scheduler) {
  const held = new Set<'toServer' | 'fromServer'>();
  const waiting: { direction: 'toServer' | 'fromServer'; deliver: () => void }[] = [];
  const send = (direction: 'toServer' | 'fromServer', deliver: () => void) => {
    scheduler.after(LATENCY_MS, () => {
      if (held.has(direction)) waiting.push({ direction, deliver });
      else deliver();
    });
  };
  return {
    held,
    toStore: (deliver: () => void) => send('toServer', deliver),
    fromStore: (deliver: () => void) => send('fromServer', deliver),
    thaw: () => {
      held.clear();
      for (const { direction, deliver } of waiting.splice(0)) send(direction, deliver);
    },
  };
}
