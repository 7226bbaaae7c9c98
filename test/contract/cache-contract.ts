/** The contract of Keystone's memory: what the api node's agent relies on, asked of every implementation. */
import type { ExecutionContext, TestFn } from 'ava';
import type { CacheActuator } from '../../src/actuator/actuator.ts';
import { type Grants, grantsOf, noGrants } from '../../src/core/grants.ts';

/** Two memcached servers, each with one key at the start. */
export interface CacheWorld {
  readonly addresses: readonly [string, string];
  actuator(grants: Grants): CacheActuator;
  /** How many keys of the start are kept there now. */
  kept(address: string): Promise<number>;
  /** The server's process ends. */
  kill(address: string): Promise<void>;
  stop(): Promise<void>;
}

interface CachePromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, world: CacheWorld) => Promise<void>;
}

const LIMIT = () => AbortSignal.timeout(30_000);
const granted = (caches: readonly string[]): Grants =>
  grantsOf({ files: [], units: [], addresses: [], haproxy: null, caches });

const promises: readonly CachePromise[] = [
  {
    title: 'every server forgets what it was given',
    run: async (t, world) => {
      for (const address of world.addresses) t.is(await world.kept(address), 1);
      t.like(await world.actuator(granted(world.addresses)).empty(LIMIT()), { ok: true, changed: true });
      for (const address of world.addresses) t.is(await world.kept(address), 0);
    },
  },
  {
    title: 'without a grant for each of them nothing is touched, and the refusal names the missing one',
    run: async (t, world) => {
      const [first, second] = world.addresses;
      for (const grants of [noGrants, granted([first])]) {
        const outcome = await world.actuator(grants).empty(LIMIT());
        t.like(outcome, { ok: false, refusal: 'NotGranted' });
        t.true(outcome.detail.includes(second), outcome.detail);
        for (const address of world.addresses) t.is(await world.kept(address), 1);
      }
    },
  },
  {
    title: 'a server that does not answer is named, and the other one is emptied all the same',
    run: async (t, world) => {
      const [first, second] = world.addresses;
      await world.kill(second);
      const outcome = await world.actuator(granted(world.addresses)).empty(LIMIT());
      t.like(outcome, { ok: false, refusal: 'Failed' });
      t.true(outcome.detail.includes(second), outcome.detail);
      t.is(await world.kept(first), 0);
    },
  },
];

export function testCacheContract(test: TestFn, make: () => Promise<CacheWorld>): void {
  for (const { title, run } of promises) {
    test.serial(title, async (t) => {
      t.timeout(120_000);
      const world = await make();
      try {
        await run(t, world);
      } finally {
        await world.stop();
      }
    });
  }
}
