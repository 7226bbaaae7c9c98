/**
 * The contract of a route: what the proxy's agent relies on, asked of every implementation.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext, TestFn } from 'ava';
import type { WantedRoute } from '../../src/actuator/actuator.ts';
import { noGrants } from '../../src/core/grants.ts';
import type { RouteWorld } from './route-world.ts';

interface RoutePromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, world: RouteWorld) => Promise<void>;
}

const promises: readonly RoutePromise[] = [
  {
    title: 'a route takes in the wanted servers and keeps the others out, and does nothing the second time',
    run: async (t, world) => {
      const routes = world.actuator();
      t.like(await routes.apply({ backend: 'database', ready: ['n2', 'n3'], sessions: 'end' }), {
        ok: true,
        changed: true,
      });
      t.deepEqual(await world.ready(), ['n2', 'n3']);
      t.like(await routes.apply({ backend: 'database', ready: ['n2', 'n3'], sessions: 'end' }), {
        ok: true,
        changed: false,
      });
    },
  },
  {
    title: 'a session ends when its server leaves, and stays when its server stays',
    run: async (t, world) => {
      const routes = world.actuator();
      const first = await world.connect();
      t.is(first.server, 'n1');
      await routes.apply({ backend: 'database', ready: ['n1', 'n2'], sessions: 'end' });
      t.true(first.isOpen());
      await routes.apply({ backend: 'database', ready: ['n2'], sessions: 'end' });
      await until(() => !first.isOpen());
      const second = await world.connect();
      t.is(second.server, 'n2');
      second.close();
    },
  },
  {
    title: 'where sessions may finish, one stays when its server leaves, and the next one goes elsewhere',
    run: async (t, world) => {
      const routes = world.actuator();
      const first = await world.connect();
      const moved: WantedRoute = { backend: 'database', ready: ['n2'], sessions: 'finish' };
      t.like(await routes.apply(moved), { ok: true, changed: true });
      const second = await world.connect();
      t.is(second.server, 'n2');
      t.true(first.isOpen());
      t.like(await routes.apply(moved), { ok: true, changed: false });
      t.true(first.isOpen(), 'also when it is looked at again');
      t.like(await routes.apply({ ...moved, sessions: 'end' }), { ok: true, changed: true });
      await until(() => !first.isOpen());
      t.true(second.isOpen());
      second.close();
    },
  },
  {
    title: 'a backup takes nothing while a server is up, and everything when none is, without a switch',
    run: async (t, world) => {
      const routes = world.actuator();
      const wanted: WantedRoute = { backend: 'database', ready: ['n2'], backups: ['b1', 'b2'], sessions: 'end' };
      t.like(await routes.apply(wanted), { ok: true, changed: true, notice: undefined });
      t.deepEqual(await world.ready(), ['b1', 'b2', 'n2']);
      t.is(await serverOf(world), 'n2');
      await world.lose('n2');
      await until(async () => (await serverOf(world)) === 'b1');
      await world.lose('b1');
      await until(async () => (await serverOf(world)) === 'b2');
      t.like(await routes.apply(wanted), { ok: true, changed: false }, 'nothing was switched');
      t.like(await routes.apply({ ...wanted, backups: [] }), { ok: true, changed: true });
      t.deepEqual(await world.ready(), ['n2']);
    },
  },
  {
    title: 'a server that is no backup by the proxy itself is kept away, and so said; and so is another order',
    run: async (t, world) => {
      const wanted: WantedRoute = { backend: 'database', ready: ['n1'], backups: ['n3', 'b2', 'b1'], sessions: 'end' };
      const outcome = await world.actuator().apply(wanted);
      t.true(outcome.ok);
      const notice = (outcome.ok && outcome.notice) || '';
      t.regex(notice, /n3 cannot stand by: add "backup"/);
      t.regex(notice, /b1, b2.*b2, b1/);
      t.deepEqual(await world.ready(), ['b1', 'b2', 'n1']);
    },
  },
  {
    title: 'with no server wanted nobody gets through',
    run: async (t, world) => {
      t.like(await world.actuator().apply({ backend: 'database', ready: [], sessions: 'end' }), {
        ok: true,
        changed: true,
      });
      t.is((await world.connect()).server, undefined);
    },
  },
  {
    title: 'an unknown server or backend is named, and nothing is switched',
    run: async (t, world) => {
      const routes = world.actuator();
      const outcome = await routes.apply({ backend: 'database', ready: ['n2', 'n9'], sessions: 'end' });
      t.like(outcome, { ok: false, refusal: 'Failed' });
      t.regex(outcome.detail, /n9/);
      t.like(await routes.apply({ backend: 'absent', ready: [], sessions: 'end' }), { ok: false, refusal: 'Failed' });
      t.deepEqual(await world.ready(), ['n1']);
    },
  },
  {
    title: 'what is not granted, or could be a second command, is refused',
    run: async (t, world) => {
      const bare = world.actuator(noGrants);
      t.like(await bare.apply({ backend: 'database', ready: ['n2'], sessions: 'end' }), {
        ok: false,
        refusal: 'NotGranted',
      });
      const routes = world.actuator();
      t.like(await routes.apply({ backend: 'other', ready: [], sessions: 'end' }), {
        ok: false,
        refusal: 'NotGranted',
      });
      t.like(await routes.apply({ backend: 'database', ready: ['n1;disable server database/n1'], sessions: 'end' }), {
        ok: false,
        refusal: 'Failed',
      });
      t.deepEqual(await world.ready(), ['n1']);
    },
  },
  {
    title: 'a proxy that was restarted has forgotten its route, and is told again',
    run: async (t, world) => {
      const routes = world.actuator();
      await routes.apply({ backend: 'database', ready: ['n3'], sessions: 'end' });
      await world.restart();
      t.deepEqual(await world.ready(), ['n1']);
      t.like(await routes.apply({ backend: 'database', ready: ['n3'], sessions: 'end' }), { ok: true, changed: true });
      t.deepEqual(await world.ready(), ['n3']);
    },
  },
  {
    title: 'a proxy that is not there is a failure, not an exception',
    run: async (t, world) => {
      await world.kill();
      t.like(await world.actuator().apply({ backend: 'database', ready: ['n1'], sessions: 'end' }), {
        ok: false,
        refusal: 'Failed',
      });
    },
  },
];

/** Declares one test for each promise, each with a proxy of its own. */
export function routeContract(test: TestFn, start: () => Promise<RouteWorld>): void {
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

async function serverOf(world: RouteWorld): Promise<string | undefined> {
  const session = await world.connect();
  session.close();
  return session.server;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_500; attempt++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error('it did not come to pass within 30 s');
}
