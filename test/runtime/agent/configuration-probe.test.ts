/** What a node says about its files before anything is changed, and whose turn it is to look. */
import test from 'ava';
import type { ConfigurationOutcome, ConfigurationPlan, FilePlan } from '../../../src/actuator/configuration.ts';
import { configurationProbe } from '../../../src/runtime/agent/configuration-probe.ts';
import { OneAtATime } from '../../../src/runtime/agent/one-at-a-time.ts';
import { files, NORTH, SOUTH } from '../../core/a-rollout.ts';

const never = new AbortController().signal;
const change = { line: 3, section: 'keystone_authtoken', option: 'auth_url', before: NORTH, after: SOUTH };
const file: FilePlan = {
  ...{ path: '/etc/glance/glance-api.conf', changes: [], notUnderstood: undefined, leftover: [], isDrift: false },
};

const planOf = (difference: Partial<FilePlan> = {}, units: readonly string[] = []): ConfigurationPlan => ({
  services: [{ service: 'glance', files: [{ ...file, ...difference }], units }],
  notGranted: [],
  obstacles: [],
});

interface Node {
  readonly atHome?: ConfigurationPlan;
  readonly atOwn?: ConfigurationPlan;
  readonly home?: string | undefined;
  readonly doneTurn?: number;
  readonly missing?: string;
}

function aProbe(node: Node = {}) {
  const { atHome = planOf(), atOwn = planOf({ changes: [change] }, ['glance-api.service']), doneTurn, missing } = node;
  const looks: string[] = [];
  const world = { isBusy: false };
  const probe = configurationProbe({
    policy: files,
    home: 'home' in node ? node.home : 'north',
    rollout: () =>
      ({ decision: 7n, to: NORTH }) as Parameters<typeof configurationProbe>[0]['rollout'] extends () => infer R
        ? NonNullable<R>
        : never,
    doneTurn: () => doneTurn,
    isBusy: () => world.isBusy,
    actuator: {
      apply: () => Promise.reject(new Error('a probe changes nothing')),
      look: async ({ to }) => {
        looks.push(to);
        return to === NORTH ? atHome : atOwn;
      },
    },
    verifier: { missing: () => missing },
  });
  return { probe, looks, world };
}

test('what would change is counted, for the Keystone that is not in use', async (t) => {
  const { probe, looks } = aProbe();
  const { health, detail, facts } = await probe.observe(never);
  t.is(health, 'ok', detail);
  t.like(facts, { to: NORTH, other: SOUTH, files: 1, units: 1, leftover: 0, notGranted: 0, isDrifted: false });
  t.deepEqual(looks, [NORTH, SOUTH]);
  t.is(probe.name, 'identity-configuration-south');
});

test('a file that differs after the turn of the node has drifted, and before it has not', async (t) => {
  const atHome = planOf({ changes: [change] });
  t.like((await aProbe({ atHome }).probe.observe(never)).facts, { isDrifted: false, turn: null });
  const { health, detail, facts } = await aProbe({ atHome, doneTurn: 3 }).probe.observe(never);
  t.like(facts, { isDrifted: true, turn: 3 });
  t.is(health, 'degraded');
  t.regex(detail, /glance-api\.conf was overwritten by somebody/);
});

const complains = test.macro(async (t, node: Node, detail: RegExp) => {
  const seen = await aProbe(node).probe.observe(never);
  t.is(seen.health, 'degraded');
  t.regex(seen.detail, detail);
});
test(
  'a grant that is missing is named',
  complains,
  { atOwn: { ...planOf(), notGranted: ['files: /a'] } },
  /lack files: \/a/,
);
test('an obstacle is named', complains, { atOwn: { ...planOf(), obstacles: ['no docker'] } }, /no docker/);
test('an address that is missing is named', complains, { missing: 'api.services.glance is missing' }, /api\.services/);
test(
  'a file that nobody understands is named',
  complains,
  { atOwn: planOf({ notUnderstood: 'line 1' }) },
  /left alone/,
);
test(
  'what would be left over is named',
  complains,
  { atOwn: planOf({ leftover: ['line 9'] }) },
  /left over: \/etc\/glance\/glance-api\.conf: line 9/,
);

test('without a home nothing is looked at', async (t) => {
  const { probe, looks } = aProbe({ home: undefined });
  t.is((await probe.observe(never)).health, 'unknown');
  t.deepEqual(looks, []);
});

test('while something is changed, what was seen before is said', async (t) => {
  const { probe, looks, world } = aProbe();
  const before = await probe.observe(never);
  world.isBusy = true;
  t.is(await probe.observe(never), before);
  t.is(looks.length, 2);
});

test('a look waits for the change before it, and for one that failed', async (t) => {
  const change = Promise.withResolvers<ConfigurationOutcome>();
  const order: string[] = [];
  const actuator = new OneAtATime({
    apply: async () => {
      order.push('apply');
      return change.promise;
    },
    look: async () => {
      order.push('look');
      return planOf();
    },
  });
  const wanted = { name: 'south', layout: 'debian', services: ['glance'], from: [NORTH, SOUTH], to: SOUTH } as const;
  const changing = actuator.apply(wanted, async () => undefined, never);
  const looking = actuator.look(wanted, never);
  t.true(actuator.isChanging);
  change.reject(new Error('broken'));
  await t.throwsAsync(changing, { message: 'broken' });
  t.deepEqual(await looking, planOf());
  t.deepEqual(order, ['apply', 'look']);
  t.false(actuator.isChanging);
});
