/** What regentctl says about a route by files: how far it is, what it would change, and what stands in its way. */
import test from 'ava';
import type { DesiredRollout } from '../../src/core/desired.ts';
import type { NodeReport } from '../../src/core/region-snapshot.ts';
import { encodeDesired } from '../../src/store/desired-spec.ts';
import * as keys from '../../src/store/keys.ts';
import { encodeReport } from '../../src/store/node-report.ts';
import { desiredRecord, nodeRecord } from '../../src/store/schema.ts';
import { FILES } from '../policy/a-world.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const NORTH = 'http://192.0.2.10:5000';
const SOUTH = 'http://198.51.100.10:5000';

const rollout: DesiredRollout = {
  ...{ decision: 7n, layout: 'debian', services: ['placement', 'glance'], from: [NORTH, SOUTH], to: NORTH },
  ...{
    nodes: ['south-1', 'south-2'],
    nodeTimeoutMs: 120_000,
    turn: null,
    turnNumber: 1,
    without: [],
    left: null,
    isBack: false,
  },
};

function put(cloud: Cloud, difference: Partial<DesiredRollout> = {}): void {
  const spec = encodeDesired({
    ...{ kind: 'identity', name: 'files', state: 'home', home: 'north', backend: null, ready: ['north-1'] },
    ...{
      readOnly: false,
      isOrdered: false,
      sessions: 'end',
      backups: [],
      further: [],
      rollout: { ...rollout, ...difference },
    },
  });
  const value = desiredRecord.encode({ epoch: 8n, policyRevision: 1n, spec });
  cloud.put(cloud.regional, keys.desiredKey('identity', 'files'), value);
}

function report(cloud: Cloud, node: string, phase: NodeReport['phase'], difference: Partial<NodeReport> = {}): void {
  const value = encodeReport({
    ...{ node, name: 'files', epoch: 8n, decision: 7n, phase, turn: 1, isRepaired: false, refusal: null },
    ...{ detail: `${node} says so`, files: 2, units: 2, leftover: 0, ...difference },
  });
  cloud.put(cloud.regional, keys.appliedKey(node, 'identity', 'files'), value);
}

const LOOKED = { to: NORTH, other: SOUTH, isDrifted: false, files: 3, units: 2, leftover: 1, notGranted: 0 };

function filesCloud(): Cloud {
  const cloud = healthyCloud();
  cloud.accept(cloud.regional, 'files', FILES);
  for (const node of ['south-1', 'south-2']) {
    const record = { region: 'south', roles: ['api', 'proxy'] as const, addresses: ['198.51.100.11'], version: '1' };
    cloud.put(cloud.regional, keys.nodeKey(node), nodeRecord.encode({ ...record, bootId: 'b', http: null }));
    report(cloud, node, 'done');
    cloud.observe(node, 'identity-configuration-files', 'ok', LOOKED);
    cloud.observe(node, 'keystone-local', 'ok');
  }
  put(cloud);
  const spec = encodeDesired({
    ...{ kind: 'database', name: 'keystone', primary: 'north-3', region: 'north', term: 4n, backend: 'database' },
    ...{ ready: ['south-2'], lossyTerm: 0n, isBehind: false },
  });
  const value = desiredRecord.encode({ epoch: 8n, policyRevision: 1n, spec });
  cloud.put(cloud.regional, keys.desiredKey('database', 'keystone'), value);
  return cloud;
}

async function about(cloud: Cloud): Promise<readonly string[]> {
  const { complaints } = JSON.parse((await cloud.run('status', '--json')).out) as { complaints: string[] };
  return complaints.filter((each) => /route files/.test(each));
}

test('a settled roll-out is shown node by node, and is no complaint', async (t) => {
  const cloud = filesCloud();
  t.deepEqual(await about(cloud), []);
  const { out } = await cloud.run('status');
  t.regex(out, /files +home +home north +Keystone http:\/\/192\.0\.2\.10:5000 +2 of 2 nodes/);
  t.regex(out, /south-1 +done +3 files, 2 units to change +1 LEFT OVER/);
});

test('a roll-out under way says how far it is and who is next', async (t) => {
  const cloud = filesCloud();
  report(cloud, 'south-2', 'done', { decision: 6n });
  put(cloud, { turn: 'south-2' });
  const [complaint, ...more] = await about(cloud);
  t.deepEqual(more, []);
  t.regex(complaint ?? '', /1 of 2 nodes use http:\/\/192\.0\.2\.10:5000; south-2 has its turn/);
});

test('a roll-out that stands says what it waits for', async (t) => {
  const cloud = filesCloud();
  report(cloud, 'south-2', 'done', { decision: 6n });
  t.regex((await about(cloud))[0] ?? '', /nobody has a turn: it goes on when .* issues tokens/);
});

test('a node that failed is named with its reason', async (t) => {
  const cloud = filesCloud();
  report(cloud, 'south-2', 'failed', { detail: 'glance answered 503' });
  put(cloud, { without: ['south-2'] });
  t.regex((await about(cloud))[0] ?? '', /south-2 does not use .*: glance answered 503; correct that/);
});

test('a node that is not there is named with what to do', async (t) => {
  const cloud = filesCloud();
  cloud.delete(cloud.regional, keys.nodeKey('south-2'));
  report(cloud, 'south-2', 'done', { decision: 6n });
  t.regex((await about(cloud))[0] ?? '', /south-2 was passed over: start its agent/);
});

test('a roll-out that went back says so', async (t) => {
  const cloud = filesCloud();
  put(cloud, { isBack: true });
  t.regex((await about(cloud))[0] ?? '', /went back to .* because a node failed/);
});

test('a dry run says what each node would change, as it last looked', async (t) => {
  const cloud = filesCloud();
  cloud.environment = { USER: 'ann' };
  cloud.observe('south-2', 'identity-configuration-files', 'failed', { ...LOOKED, notGranted: 2 });
  const args = ['identity', 'isolate', 'south', '--route', 'files', '--dry-run'];
  const { code, out, err } = await cloud.run(...args);
  t.is(code, 0, err);
  t.regex(out, /\(the files of south-1, south-2\)/);
  t.regex(out, /south-1: 3 files, 2 units, 1 options left over\n/);
  t.regex(out, /south-2: .*; 2 grants are missing, so it would refuse/);
  const json = JSON.parse((await cloud.run('--json', ...args)).out) as { nodes: readonly unknown[] };
  t.is(json.nodes.length, 2);
});

test('an order that begins a roll-out says that it goes on without the command', async (t) => {
  const cloud = filesCloud();
  cloud.environment = { USER: 'ann' };
  const key = keys.identityOrderKey('files');
  const out = async (difference: Partial<DesiredRollout>): Promise<string> => {
    cloud.onOut = () => {
      if (cloud.regional.state.get(key) === undefined) return;
      cloud.delete(cloud.regional, key);
      put(cloud, difference);
    };
    return (await cloud.run('identity', 'isolate', 'south', '--route', 'files')).out;
  };
  t.regex(await out({ turn: 'south-1' }), /south-1, south-2 go there one after the other, see regentctl status/);
  t.notRegex(await out({ turn: null }), /one after the other/);
});
