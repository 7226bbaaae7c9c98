/**
 * The contract of a configuration: what a region's leader relies on when it has a node pointed at another Keystone.
 */
import type { ExecutionContext, TestFn } from 'ava';
import { TimeIsOver } from '../../src/actuator/configuration.ts';
import { type ConfigurationWorld, HOME, type NodeFile, OWN, original, wantedOf } from './configuration-world.ts';

interface ConfigurationPromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, world: ConfigurationWorld) => Promise<void>;
}

const FILES: readonly NodeFile[] = ['placement.conf', 'glance-api.conf'];
const always = (): AbortSignal => new AbortController().signal;
const fine = async (): Promise<undefined> => undefined;

/** The file as it was, with the other Keystone in every option; the comment stays. */
function moved(file: NodeFile): string {
  const [comment = '', ...rest] = original(file).split('\n');
  return [comment, ...rest.map((line) => line.replace(HOME, OWN))].join('\n');
}

async function texts(world: ConfigurationWorld): Promise<readonly string[]> {
  return Promise.all(FILES.map((file) => world.read(file)));
}

const promises: readonly ConfigurationPromise[] = [
  {
    title: 'files are put right and units restarted in the order of the services, once, each verified before the next',
    run: async (t, world) => {
      const actuator = world.actuator();
      const steps: string[] = [];
      const verify = async (service: string) => {
        steps.push(...world.restarted(), service);
        return undefined;
      };
      const outcome = await actuator.apply(wantedOf(), verify, always());
      t.like(outcome, { ok: true, changed: true, drift: [] });
      t.deepEqual(steps, ['placement-api.service', 'placement', 'glance-api.service', 'glance']);
      t.deepEqual(await texts(world), FILES.map(moved));
      t.deepEqual(outcome.ok ? outcome.services.map(({ service, files }) => [service, files.length]) : [], [
        ['placement', 1],
        ['glance', 1],
      ]);
      t.like(await actuator.apply(wantedOf(), fine, always()), { ok: true, changed: false });
      t.deepEqual(world.restarted(), []);
    },
  },
  {
    title: 'the way back gives the same bytes',
    run: async (t, world) => {
      await world.actuator().apply(wantedOf(), fine, always());
      t.like(await world.actuator().apply(wantedOf({ to: HOME }), fine, always()), { ok: true, changed: true });
      t.deepEqual(await texts(world), FILES.map(original));
    },
  },
  {
    title: 'a service that does not pass is undone, and those after it are not touched',
    run: async (t, world) => {
      const verify = async (service: string) => (service === 'placement' ? '503' : undefined);
      const outcome = await world.actuator().apply(wantedOf(), verify, always());
      t.like(outcome, { ok: false, refusal: 'Failed' });
      t.deepEqual(await texts(world), FILES.map(original));
      t.deepEqual(world.restarted(), ['placement-api.service', 'placement-api.service']);
    },
  },
  {
    title: 'a service that passed stays when a later one is undone because its unit does not come back',
    run: async (t, world) => {
      world.breakOnce('glance-api.service');
      t.like(await world.actuator().apply(wantedOf(), fine, always()), { ok: false, refusal: 'Failed' });
      t.deepEqual(await texts(world), [moved('placement.conf'), original('glance-api.conf')]);
      t.deepEqual(world.restarted(), ['placement-api.service', 'glance-api.service', 'glance-api.service']);
      t.like(await world.actuator().apply(wantedOf(), fine, always()), { ok: true, changed: true });
      t.deepEqual(await texts(world), FILES.map(moved));
    },
  },
  {
    title: 'nothing is touched without grants, and the refusal says what they lack',
    run: async (t, world) => {
      const outcome = await world.actuator('nothing').apply(wantedOf(), fine, always());
      t.like(outcome, { ok: false, refusal: 'NotGranted' });
      t.regex(
        outcome.detail,
        /files: \[.*placement\.conf.*glance-api\.conf.*units: \[placement-api\.service, glance-api\.service\]/,
      );
      t.deepEqual(await texts(world), FILES.map(original));
      t.deepEqual(world.restarted(), []);
    },
  },
  {
    title: 'a file that somebody overwrote is reported and put right once for each content',
    run: async (t, world) => {
      const actuator = world.actuator();
      await actuator.apply(wantedOf(), fine, always());
      world.restarted();
      await world.write('placement.conf', original('placement.conf'));
      const outcome = await actuator.apply(wantedOf(), fine, always());
      t.like(outcome, { ok: true, changed: true });
      t.regex(outcome.ok ? outcome.drift.join() : '', /placement\.conf$/);
      t.deepEqual(world.restarted(), ['placement-api.service']);
      await world.write('placement.conf', original('placement.conf'));
      t.like(await actuator.apply(wantedOf(), fine, always()), { ok: false, refusal: 'PreconditionUnmet' });
      t.is(await world.read('placement.conf'), original('placement.conf'));
      t.deepEqual(world.restarted(), []);
      await world.write('placement.conf', `${original('placement.conf')}# again\n`);
      t.like(await actuator.apply(wantedOf(), fine, always()), { ok: true, changed: true });
      t.is(await world.read('placement.conf'), `${moved('placement.conf')}# again\n`);
    },
  },
  {
    title: 'a file that was overwritten while another Keystone was wanted is put right like any other',
    run: async (t, world) => {
      const actuator = world.actuator();
      for (const to of [OWN, HOME, OWN]) {
        t.like(await actuator.apply(wantedOf({ to }), fine, always()), { ok: true, changed: true, drift: [] });
        if (to === OWN) await world.write('glance-api.conf', original('glance-api.conf'));
      }
    },
  },
  {
    title: 'a call that was interrupted is made up for by the next one',
    run: async (t, world) => {
      const interrupting = new AbortController();
      const verify = async () => {
        interrupting.abort();
        return 'interrupted';
      };
      t.like(await world.actuator().apply(wantedOf(), verify, interrupting.signal), { ok: false, refusal: 'Failed' });
      t.deepEqual(await texts(world), [moved('placement.conf'), original('glance-api.conf')]);
      world.restarted();
      const verified: string[] = [];
      const note = async (service: string) => {
        verified.push(service);
        return undefined;
      };
      t.like(await world.actuator().apply(wantedOf(), note, always()), { ok: true, changed: true });
      t.deepEqual(verified, ['placement', 'glance']);
      t.deepEqual(world.restarted(), ['placement-api.service', 'glance-api.service']);
      t.deepEqual(await texts(world), FILES.map(moved));
    },
  },
  {
    title: 'a call whose time is over is undone',
    run: async (t, world) => {
      const limit = new AbortController();
      const verify = async () => {
        limit.abort(new TimeIsOver('30 s are over'));
        return undefined;
      };
      const outcome = await world.actuator().apply(wantedOf(), verify, limit.signal);
      t.like(outcome, { ok: false, refusal: 'Failed' });
      t.regex(outcome.detail, /30 s are over/);
      t.deepEqual(await texts(world), FILES.map(original));
      t.deepEqual(world.restarted(), ['placement-api.service', 'placement-api.service']);
    },
  },
  {
    title: 'a look tells what would be done, and does nothing',
    run: async (t, world) => {
      const plan = await world.actuator('nothing').look(wantedOf(), always());
      t.deepEqual(
        plan.services.map(({ service, units, files }) => [service, units, files.map(({ changes }) => changes.length)]),
        [
          ['placement', ['placement-api.service'], [2]],
          ['glance', ['glance-api.service'], [3]],
        ],
      );
      t.deepEqual(plan.services[1]?.files[0]?.changes[2], {
        line: 8,
        section: 'oslo_limit',
        option: 'auth_url',
        before: `${HOME}/v3`,
        after: `${OWN}/v3`,
      });
      t.is(plan.notGranted.length, 2);
      t.deepEqual(await texts(world), FILES.map(original));
      t.deepEqual(world.restarted(), []);
    },
  },
  {
    title: 'what names another Keystone and is not known, or not understood, is left over',
    run: async (t, world) => {
      await world.write('placement.conf', `[a]\nb = ${HOME}\n`);
      await world.write('glance-api.conf', `auth_url = ${HOME}\n`);
      const outcome = await world.actuator().apply(wantedOf(), fine, always());
      t.like(outcome, { ok: true, changed: false });
      t.deepEqual(outcome.ok ? outcome.services.map(({ leftover }) => leftover.length) : [], [1, 1]);
    },
  },
  {
    title: 'a service that the node does not have is passed over; one that nobody knows is refused',
    run: async (t, world) => {
      const outcome = await world.actuator().apply(wantedOf({ services: ['nova', 'placement'] }), fine, always());
      t.like(outcome, { ok: true, changed: true });
      t.deepEqual(outcome.ok ? outcome.services.map(({ service }) => service) : [], ['placement']);
      for (const wrong of [{ services: ['nowa'] }, { to: '198.51.100.10' }])
        t.like(await world.actuator().apply(wantedOf(wrong), fine, always()), {
          ok: false,
          refusal: 'PreconditionUnmet',
        });
    },
  },
];

/** Declares one test for each promise, each on a node of its own. */
export function configurationContract(test: TestFn, start: () => Promise<ConfigurationWorld>): void {
  for (const { title, run } of promises) {
    test(title, async (t) => {
      const world = await start();
      try {
        await run(t, world);
      } finally {
        await world.stop();
      }
    });
  }
}
