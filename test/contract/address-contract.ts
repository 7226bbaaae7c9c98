/**
 * The contract of an address: what the proxy's agent relies on. I4 and I5 are asked of the address itself, not of files.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext, TestFn } from 'ava';
import { noGrants } from '../../src/core/grants.ts';
import { type AddressWorld, wantedOf } from './address-world.ts';

interface AddressPromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, world: AddressWorld) => Promise<void>;
}

/** Several advertisement intervals: enough for VRRP to move an address if it is going to. */
const SETTLED_MS = 1_200;

/** By which the second agent is later than the first: beyond any delay that would hide a move. */
const LATE_MS = 3_000;

const promises: readonly AddressPromise[] = [
  {
    title: "an operator's address is adopted, and later changes of its timing and preference do not move it either",
    run: async (t, world) => {
      t.is(await world.owners(), 'h1');
      world.history();
      t.like(await world.actuator('h2').apply(wantedOf('h2')), { ok: true, changed: true });
      await sleep(LATE_MS);
      t.like(await world.actuator('h1').apply(wantedOf('h1')), { ok: true, changed: true });
      t.like(await world.actuator('h1').apply(wantedOf('h1')), { ok: true, changed: false });
      await sleep(SETTLED_MS);
      const change = { advertIntervalMs: 200 };
      for (const host of ['h1', 'h2'] as const)
        t.like(await world.actuator(host).apply(wantedOf(host, change)), { ok: true, changed: true });
      t.like(await world.actuator('h1').apply(wantedOf('h1', { ...change, priority: 210 })), {
        ok: true,
        changed: true,
      });
      await sleep(SETTLED_MS);
      await world.owners();
      t.deepEqual(world.history(), ['h1']);
    },
  },
  {
    title: 'a vetoed node gives the address up, and takes it back when it is fit, with one owner at a time',
    run: async (t, world) => {
      for (const host of ['h2', 'h1'] as const) await world.actuator(host).apply(wantedOf(host));
      t.like(await world.actuator('h1').apply(wantedOf('h1', { unfit: true })), { ok: true, changed: true });
      await until(async () => (await world.owners()) === 'h2');
      t.like(await world.actuator('h1').apply(wantedOf('h1')), { ok: true, changed: true });
      await until(async () => (await world.owners()) === 'h1');
      t.deepEqual(
        world.history().filter((owners) => owners.includes(' ')),
        [],
      );
    },
  },
  {
    title: 'an address or a router id that another file serves is refused',
    run: async (t, world) => {
      const actuator = world.actuator('h1');
      for (const change of [
        { name: 'other' },
        { name: 'other', address: '192.0.2.20/24' },
        { name: 'other', virtualRouterId: 52 },
      ])
        t.like(await actuator.apply(wantedOf('h1', change)), { ok: false, refusal: 'PreconditionUnmet' });
      t.is(await world.owners(), 'h1');
    },
  },
  {
    title: 'what is not granted is refused, and so is a value that is none',
    run: async (t, world) => {
      const outcome = await world.actuator('h1', noGrants).apply(wantedOf('h1'));
      t.like(outcome, { ok: false, refusal: 'NotGranted' });
      const actuator = world.actuator('h1');
      t.like(await actuator.apply(wantedOf('h1', { address: '198.51.100.10/24' })), {
        ok: false,
        refusal: 'NotGranted',
      });
      t.like(await actuator.apply(wantedOf('h1', { name: '../vip' })), { ok: false, refusal: 'Failed' });
      t.like(await actuator.apply(wantedOf('h1', { interface: 'host0\n}' })), { ok: false, refusal: 'Failed' });
      t.like(await actuator.apply(wantedOf('h1', { interface: 'absent0' })), { ok: false, refusal: 'Failed' });
      t.is(await world.owners(), 'h1');
    },
  },
];

/** Declares one test for each promise, each on hosts of its own. */
export function addressContract(test: TestFn, start: () => Promise<AddressWorld>): void {
  for (const { title, run } of promises) {
    test.serial(title, async (t) => {
      const world = await start();
      try {
        await run(t, world);
      } finally {
        await world.stop();
      }
    });
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('it did not come to pass within 30 s');
}
