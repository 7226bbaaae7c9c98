import test from 'ava';
import * as keys from '../../src/store/keys.ts';
import type { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { rejectedRecord } from '../../src/store/schema.ts';
import { DATABASE, IDENTITY, VIP } from '../policy/a-world.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const OTHER_VIP = VIP.replace('name: vip', 'name: other').replace('.10/24', '.20/24').replace('51', '52');
const EDITED_VIP = `${VIP}fitAgainAfter: 30s\n`;

function withFiles(files: Readonly<Record<string, string>>): Cloud {
  const cloud = healthyCloud();
  for (const [file, text] of Object.entries(files)) cloud.files.set(file, text);
  return cloud;
}

/** The leader's part: judges the next text of that name. */
function ruler(cloud: Cloud, cluster: MemoryCluster, name: string, verdict: 'accept' | 'reject'): void {
  cluster.watch(undefined, {
    onRevision: ({ changes, revision }) => {
      const put = changes.find((change) => change.key === keys.policyKey(name));
      if (put?.kind !== 'put') return;
      const problems = [{ field: 'nodes[0]', value: 'x', message: 'is not registered', remedy: 'write south-1' }];
      cloud.time.after(400, () => {
        if (verdict === 'reject')
          cloud.put(cluster, keys.rejectedKey(name), rejectedRecord.encode({ revision, problems }));
        else
          cloud.put(
            cluster,
            keys.acceptedKey(name),
            JSON.stringify({ format: 1, text: put.entry.value, revision: `${revision}` }),
          );
      });
    },
    onCancelled: () => {},
  });
}

test('apply puts a text, waits for the verdict and shows what changes', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  ruler(cloud, cloud.regional, 'vip', 'accept');
  const { code, out } = await cloud.run('policy', 'apply', 'vip.yaml');
  t.is(code, 0);
  t.regex(out, /\+ fitAgainAfter: 30s/);
  t.regex(out, /vip: in force \(revision \d+ of the regional store\)/);
  t.is(cloud.regional.state.get(keys.policyKey('vip'))?.value, EDITED_VIP);
});

test('apply puts a database into the global store, before the routes that refer to it', async (t) => {
  const cloud = withFiles({
    'a-identity.yaml': `${IDENTITY}returnAfter: 90s\n`,
    'database.yaml': `${DATABASE}cooldown: 90s\n`,
  });
  ruler(cloud, cloud.global, 'keystone', 'accept');
  ruler(cloud, cloud.regional, 'identity', 'accept');
  const { code, out } = await cloud.run('policy', 'apply', '--json', 'a-identity.yaml', 'database.yaml');
  t.is(code, 0, out);
  const results: { name: string; store: string; outcome: string }[] = JSON.parse(out);
  t.deepEqual(
    results.map(({ name, store, outcome }) => [name, store, outcome]),
    [
      ['keystone', 'global', 'accepted'],
      ['identity', 'regional', 'accepted'],
    ],
  );
});

test('apply ends with 3 and the problems when the text is refused there', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  ruler(cloud, cloud.regional, 'vip', 'reject');
  const { code, out } = await cloud.run('policy', 'apply', 'vip.yaml');
  t.is(code, 3);
  t.regex(out, /nodes\[0\].*is not registered; write south-1/);
});

test('apply does not overwrite what somebody else put after it was read', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  const theirs = `${VIP}fitAgainAfter: 99s\n`;
  cloud.onOut = (text) => {
    if (text.includes('fitAgainAfter')) cloud.put(cloud.regional, keys.policyKey('vip'), theirs);
  };
  const { code, err } = await cloud.run('policy', 'apply', 'vip.yaml');
  t.is(code, 3);
  t.regex(err, /edited by somebody else/);
  t.is(cloud.regional.state.get(keys.policyKey('vip'))?.value, theirs);
});

test('apply waits for the verdict on its own text, not for one that is there already', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  const problems = [{ field: 'x', value: '', message: 'is an old refusal', remedy: 'none' }];
  cloud.put(cloud.regional, keys.rejectedKey('vip'), rejectedRecord.encode({ revision: 2n, problems }));
  ruler(cloud, cloud.regional, 'vip', 'accept');
  t.is((await cloud.run('policy', 'apply', 'vip.yaml')).code, 0);
});

test('apply ends with 6 when nobody judges in time, and the text is there', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  const { code, out } = await cloud.run('policy', 'apply', '--wait', '3', 'vip.yaml');
  t.is(code, 6);
  t.regex(out, /nobody has judged it yet/);
  t.is((await cloud.run('policy', 'apply', '--wait', '0', 'vip.yaml')).code, 0);
});

test('apply does not put what is refused here, nor anything when one file is no policy', async (t) => {
  const cloud = withFiles({
    'names.yaml': EDITED_VIP.replace('south-2]', 'south-9]'),
    'broken.yaml': 'kind: VirtualAddress\nname: [',
    'vip.yaml': EDITED_VIP,
  });
  const before = cloud.regional.state.revision;
  const refused = await cloud.run('policy', 'apply', 'names.yaml');
  t.is(refused.code, 3);
  t.regex(refused.out, /south-9/);
  t.is((await cloud.run('policy', 'apply', 'vip.yaml', 'broken.yaml')).code, 3);
  t.is(cloud.regional.state.revision, before);
});

test('apply of the text in force changes nothing', async (t) => {
  const cloud = withFiles({ 'vip.yaml': VIP });
  const before = cloud.regional.state.revision;
  const { code, out } = await cloud.run('policy', 'apply', 'vip.yaml');
  t.is(code, 0);
  t.regex(out, /in force already/);
  t.is(cloud.regional.state.revision, before);
});

test('apply ends with 4 when the store is away, and puts nothing blindly', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP });
  cloud.regional.loseLeader();
  t.is((await cloud.run('policy', 'apply', 'vip.yaml')).code, 4);
});

test('check judges files with what the stores know, and changes nothing', async (t) => {
  const cloud = withFiles({
    'vip.yaml': EDITED_VIP,
    'taken.yaml': VIP.replace('name: vip', 'name: taken'),
    'other.yaml': OTHER_VIP.replace('south-2]', 'south-9]'),
  });
  const before = cloud.regional.state.revision;
  t.is((await cloud.run('policy', 'check', 'vip.yaml')).code, 0);
  const taken = await cloud.run('policy', 'check', 'taken.yaml');
  t.is(taken.code, 3);
  t.regex(taken.out, /already the address of policy vip/);
  t.regex((await cloud.run('policy', 'check', 'other.yaml')).out, /south-9/);
  t.is(cloud.regional.state.revision, before);
});

test('check works without any store on what the files alone tell, and says so', async (t) => {
  const cloud = withFiles({
    'other.yaml': OTHER_VIP.replace('south-2]', 'south-9]'),
    'identity.yaml': IDENTITY,
    'x.yaml': 'kind: Vip\n',
  });
  cloud.global.loseLeader();
  const { code, err } = await cloud.run('policy', 'check', 'other.yaml', 'identity.yaml');
  t.is(code, 0);
  t.regex(err, /names are not checked/);
  cloud.config = '';
  t.is((await cloud.run('policy', 'check', '--offline', 'other.yaml', 'identity.yaml')).code, 0);
  const bad = await cloud.run('policy', 'check', '--offline', '--json', 'x.yaml');
  t.is(bad.code, 3);
  t.is(
    JSON.parse(bad.out)[0].problems.some((each: { field: string }) => each.field === 'kind'),
    true,
  );
});

test('check of files for one region sees that they contradict each other', async (t) => {
  const cloud = withFiles({ 'a.yaml': OTHER_VIP, 'b.yaml': OTHER_VIP.replace('name: other', 'name: another') });
  const { code, out } = await cloud.run('policy', 'check', '--offline', 'a.yaml', 'b.yaml');
  t.is(code, 3);
  t.regex(out, /already the address of policy/);
});

test('check takes files of several regions at once: what is in another region contradicts nothing', async (t) => {
  const northern = IDENTITY.replace('name: identity', 'name: identity-north')
    .replace('region: south', 'region: north')
    .replace('[south-1, south-2]\n', '[north-1, north-2]\n');
  const cloud = withFiles({ 'database.yaml': DATABASE, 'south.yaml': IDENTITY, 'north.yaml': northern });
  const { code, out } = await cloud.run('policy', 'check', '--offline', 'database.yaml', 'south.yaml', 'north.yaml');
  t.is(code, 0, out);
});

test('diff names each changed field, and nothing for a text that means the same', async (t) => {
  const cloud = withFiles({ 'vip.yaml': EDITED_VIP, 'same.yaml': `# another comment\n${VIP}` });
  const { code, out } = await cloud.run('policy', 'diff', '--json', 'vip.yaml');
  t.is(code, 0);
  t.deepEqual(
    JSON.parse(out).changes.map((change: { field: string }) => change.field),
    ['fitAgainAfter'],
  );
  t.regex((await cloud.run('policy', 'diff', 'same.yaml')).out, /no difference/);
});

test('list shows every policy of both stores with its state', async (t) => {
  const cloud = healthyCloud();
  cloud.put(cloud.regional, keys.policyKey('other'), OTHER_VIP);
  const { code, out } = await cloud.run('policy', 'list', '--json');
  t.is(code, 0);
  const rows: { name: string; store: string; state: string }[] = JSON.parse(out);
  t.deepEqual(
    rows.map(({ name, store, state }) => [name, store, state]),
    [
      ['identity', 'regional', 'in-force'],
      ['other', 'regional', 'waiting'],
      ['vip', 'regional', 'in-force'],
      ['keystone', 'global', 'in-force'],
    ],
  );
  t.regex((await cloud.run('policy', 'list')).out, /^NAME +KIND/);
});

test('show explains a policy, and shows a refused text beside the one in force', async (t) => {
  const cloud = healthyCloud();
  const revision = cloud.put(cloud.regional, keys.policyKey('vip'), `${VIP}wrong: 1\n`);
  const problems = [{ field: 'wrong', value: '1', message: 'is not known', remedy: 'remove it' }];
  cloud.put(cloud.regional, keys.rejectedKey('vip'), rejectedRecord.encode({ revision, problems }));
  const { code, out } = await cloud.run('policy', 'show', 'vip');
  t.is(code, 0);
  for (const part of [
    'is owned by one of south-1 or south-2',
    'refused: wrong',
    ', in force',
    ', not in force',
    'wrong: 1',
  ]) {
    t.true(out.includes(part), part);
  }
  t.is((await cloud.run('policy', 'show', 'nobody')).code, 3);
});

test('delete ends the management and says when nobody has taken note', async (t) => {
  const cloud = healthyCloud();
  cloud.time.after(700, () => cloud.delete(cloud.regional, keys.acceptedKey('vip')));
  const removed = await cloud.run('policy', 'delete', 'vip');
  t.is(removed.code, 0);
  t.is(cloud.regional.state.get(keys.policyKey('vip')), undefined);
  t.is((await cloud.run('policy', 'delete', '--wait', '1', 'keystone')).code, 6);
  t.is((await cloud.run('policy', 'delete', 'nobody')).code, 3);
});
