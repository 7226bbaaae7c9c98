/** What a node does in a roll-out when it is its turn, what it leaves alone, and what it reports. */
import test from 'ava';
import type { DesiredIdentity, DesiredRollout } from '../../../src/core/desired.ts';
import { ConfigurationDuty } from '../../../src/runtime/duty/configuration-duty.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { appliedKey, desiredKey } from '../../../src/store/keys.ts';
import { decodeReport } from '../../../src/store/node-report.ts';
import { appliedRecord, desiredRecord } from '../../../src/store/schema.ts';
import { ModelConfiguration, ModelFiles } from '../../simulation/rollouts/model-files.ts';
import { AStore, AView, never, Told } from './a-store.ts';

const NODE = 'south-1';
const NORTH = 'http://192.0.2.10:5000';
const SOUTH = 'http://198.51.100.10:5000';
const KEY = appliedKey(NODE, 'identity', 'south');
const DESIRED = desiredKey('identity', 'south');

const rollout: DesiredRollout = {
  decision: 7n,
  layout: 'debian',
  services: ['placement', 'glance'],
  from: [NORTH, SOUTH],
  to: SOUTH,
  nodes: [NODE, 'south-2'],
  nodeTimeoutMs: 120_000,
  turn: NODE,
  turnNumber: 1,
  without: [],
  left: NORTH,
  isBack: false,
};

function aNode(stored = new AStore(), machine = new ModelFiles(['placement', 'glance'], NORTH)) {
  const view = new AView(stored);
  const told = new Told();
  const trials = {
    tried: [] as string[],
    problem: undefined as string | undefined,
    missing: undefined as string | undefined,
  };
  const world = {
    keystone: undefined as string | undefined,
    onStep: (_: string): Promise<void> | undefined => undefined,
  };
  const duty = new ConfigurationDuty({
    node: NODE,
    store: stored.store,
    view,
    actuator: new ModelConfiguration({
      node: machine,
      step: async (what, signal) => {
        await world.onStep(what);
        signal.throwIfAborted();
      },
    }),
    verifier: {
      keystone: async () => world.keystone,
      missing: () => trials.missing,
      service: async (service, base) => {
        trials.tried.push(`${service} ${base}`);
        return trials.problem;
      },
    },
    timers: stored.time,
    record: told.record,
  });
  return { stored, view, told, trials, world, machine, duty };
}

function want(stored: AStore, difference: Partial<DesiredRollout> = {}, epoch = 4n): bigint {
  const value: DesiredIdentity = {
    ...{ kind: 'identity', name: 'south', state: 'isolated', home: 'north', backend: null, ready: ['south-1'] },
    ...{
      readOnly: true,
      isOrdered: false,
      sessions: 'end',
      backups: [],
      further: [],
      rollout: { ...rollout, ...difference },
    },
  };
  return stored.put(DESIRED, desiredRecord.encode({ epoch, policyRevision: 9n, spec: encodeDesired(value) }));
}

function reportIn(stored: AStore) {
  const entry = stored.entry(KEY);
  return entry === undefined ? undefined : decodeReport(KEY, { node: NODE, name: 'south' }, entry.value);
}

test('a node that has its turn changes its services, tries each of them and reports', async (t) => {
  const { stored, duty, machine, trials, told } = aNode();
  want(stored);
  await duty.tick(never);
  t.true(machine.uses(SOUTH));
  t.deepEqual(trials.tried, [`placement ${SOUTH}`, `glance ${SOUTH}`]);
  t.like(reportIn(stored), { phase: 'done', decision: 7n, epoch: 4n, turn: 1, files: 2, units: 2, isRepaired: false });
  t.deepEqual(told.names, ['identity:configuration:applied']);
});

test('while it works it says so, and it takes a turn once', async (t) => {
  const { stored, duty, world, machine } = aNode();
  const phases: unknown[] = [];
  world.onStep = () => {
    phases.push(reportIn(stored)?.phase);
    return undefined;
  };
  want(stored);
  await duty.tick(never);
  t.deepEqual([...new Set(phases)], ['working']);
  want(stored, { without: ['south-2'] });
  const { revision } = stored;
  await duty.tick(never);
  t.is(stored.revision, revision);
  t.is(machine.restarts, 2);
});

test('a node that has no turn touches nothing', async (t) => {
  const { stored, duty, machine } = aNode();
  want(stored, { turn: 'south-2' });
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.is(reportIn(stored), undefined);
});

test('a turn that was given to somebody else before it began does not begin', async (t) => {
  const { stored, view, duty, machine } = aNode();
  want(stored);
  view.freeze();
  want(stored, { turn: 'south-2' });
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.is(reportIn(stored), undefined);
});

test('a turn that could not begin, because another part of this node had written meanwhile, begins soon', async (t) => {
  const { stored, duty, machine } = aNode();
  t.is(await duty.tick(never), undefined);
  // While the policy went through a load balancer, this node's proxy reported in the same place.
  stored.put(KEY, appliedRecord.encode({ epoch: 4n, ok: true, detail: { detail: 'what a proxy says' } }));
  want(stored);
  const againInMs = await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.true(againInMs !== undefined && againInMs < 1_000, String(againInMs));
  t.is(await duty.tick(never), undefined);
  t.true(machine.uses(SOUTH));
});

test('nothing begins while the store is away', async (t) => {
  const { stored, view, duty, machine } = aNode();
  want(stored);
  view.awayMs = 1;
  await duty.tick(never);
  t.true(machine.uses(NORTH));
});

test('services that need no change are tried all the same', async (t) => {
  const { stored, duty, trials } = aNode(new AStore(), new ModelFiles(['placement', 'glance'], SOUTH));
  want(stored);
  trials.problem = 'placement does not accept it';
  await duty.tick(never);
  t.deepEqual(trials.tried, [`placement ${SOUTH}`]);
  t.like(reportIn(stored), { phase: 'failed', refusal: 'Failed' });
});

test('a service that does not take a fresh token fails the node, and its part is undone', async (t) => {
  const { stored, duty, machine, trials, told } = aNode();
  want(stored);
  trials.problem = 'it answered 401';
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.like(reportIn(stored), { phase: 'failed', refusal: 'Failed' });
  t.regex(reportIn(stored)?.detail ?? '', /it answered 401/);
  t.deepEqual(told.names, ['identity:configuration:undone']);
});

test('a node that failed waits for another turn', async (t) => {
  const { stored, duty, machine, trials } = aNode();
  want(stored);
  trials.problem = 'it answered 401';
  await duty.tick(never);
  trials.problem = undefined;
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  want(stored, { turnNumber: 2 });
  await duty.tick(never);
  t.true(machine.uses(SOUTH));
});

const refuses = test.macro(
  async (t, make: (node: ReturnType<typeof aNode>) => void, refusal: string, detail: RegExp) => {
    const node = aNode();
    make(node);
    want(node.stored);
    await node.duty.tick(never);
    t.is(node.machine.restarts, 0);
    t.true(node.machine.uses(NORTH));
    t.like(reportIn(node.stored), { phase: 'failed', refusal });
    t.regex(reportIn(node.stored)?.detail ?? '', detail);
    t.deepEqual(node.told.names, ['identity:configuration:refused']);
  },
);

test(
  'a Keystone that issues no token to this node is gone to by none of its services',
  refuses,
  (node) => {
    node.world.keystone = 'the connection was refused';
  },
  'NoHealthyTarget',
  /connection was refused/,
);
test(
  'a node without grants says which it lacks',
  refuses,
  (node) => {
    node.machine.notGranted = ['files: /etc/glance/glance-api.conf'];
  },
  'NotGranted',
  /files: \/etc\/glance.*add it to grants\.yaml/,
);
test(
  'a node that cannot try its services says what is missing',
  refuses,
  (node) => {
    node.trials.missing = 'api.services.glance is missing';
  },
  'PreconditionUnmet',
  /api\.services\.glance/,
);

test('a process that was killed at any step is made up for by the next one', async (t) => {
  const killed = new Error('killed');
  for (let step = 1; step <= 7; step += 1) {
    const first = aNode();
    want(first.stored);
    let left = step;
    first.world.onStep = () => {
      left -= 1;
      if (left === 0) throw killed;
      return undefined;
    };
    await t.throwsAsync(first.duty.tick(never), { is: killed });
    t.is(reportIn(first.stored)?.phase, 'working', `after step ${step}`);
    const second = aNode(first.stored, first.machine);
    await second.duty.tick(never);
    t.true(second.machine.uses(SOUTH), `after step ${step}`);
    t.is(reportIn(first.stored)?.phase, 'done');
  }
});

test('what a killed process left is withdrawn if it has no turn any more', async (t) => {
  const first = aNode();
  want(first.stored);
  first.world.onStep = () => {
    throw new Error('killed');
  };
  await t.throwsAsync(first.duty.tick(never));
  want(first.stored, { turn: 'south-2' });
  const second = aNode(first.stored, first.machine);
  await second.duty.tick(never);
  t.is(reportIn(first.stored), undefined);
  t.is(second.machine.restarts, 0);
});

test('a node that is overtaken on its way undoes its part', async (t) => {
  const { stored, duty, machine, world } = aNode();
  want(stored);
  world.onStep = (what) => {
    if (what === 'start placement') want(stored, { decision: 8n, to: NORTH, turnNumber: 2 });
    return undefined;
  };
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.like(reportIn(stored), { phase: 'failed', decision: 7n });
  await duty.tick(never);
  t.like(reportIn(stored), { phase: 'done', decision: 8n });
});

test('a node that does not end in time undoes its part and reports', async (t) => {
  const { stored, duty, machine, world } = aNode();
  want(stored);
  world.onStep = (what) => (what === 'start glance' ? stored.time.advance(120_000) : undefined);
  await duty.tick(never);
  t.is(machine.files.get('glance'), NORTH);
  t.like(reportIn(stored), { phase: 'failed', refusal: 'Failed' });
  t.is(stored.time.pending, 0);
});

test('an older decision than one that was seen is refused', async (t) => {
  const { stored, duty, machine, told } = aNode();
  want(stored, { turn: 'south-2' }, 5n);
  await duty.tick(never);
  want(stored, {}, 4n);
  await duty.tick(never);
  await duty.tick(never);
  want(stored, { decision: 6n }, 5n);
  await duty.tick(never);
  t.true(machine.uses(NORTH));
  t.true(told.events.every(({ refusal }) => refusal === 'StaleEpoch'));
  t.is(told.events.length, 2);
});

test('files that somebody overwrote are put right and told, once under a decision', async (t) => {
  const { stored, duty, machine, told } = aNode();
  want(stored);
  await duty.tick(never);
  machine.overwrite('glance', NORTH);
  want(stored, { turnNumber: 2 });
  await duty.tick(never);
  t.true(machine.uses(SOUTH));
  t.like(reportIn(stored), { phase: 'done', isRepaired: true });
  t.deepEqual(told.names.slice(1), ['identity:configuration:applied', 'identity:configuration:drifted']);
});

test('what is left over is told and counted', async (t) => {
  const { stored, duty, machine, told } = aNode();
  machine.leftover = ['/etc/glance/glance-api.conf line 9 names it'];
  want(stored);
  await duty.tick(never);
  t.is(reportIn(stored)?.leftover, 2);
  t.true(told.names.includes('identity:configuration:leftover'));
});

test('when the policy is gone the report goes, and nothing is changed on the node', async (t) => {
  const { stored, duty, machine } = aNode();
  want(stored);
  await duty.tick(never);
  stored.delete(DESIRED);
  await duty.tick(never);
  t.is(reportIn(stored), undefined);
  t.true(machine.uses(SOUTH));
});
