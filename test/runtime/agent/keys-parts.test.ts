/**
 * The parts of an agent that keep keys, put together as agents have them: a region's leader that is also the arbiter, and a node
 * whose keys are a real directory. The policy is in force in the global store; the two stores are two.
 */
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { FernetKey } from '../../../src/actuator/fernet-key.ts';
import { KeySeal } from '../../../src/actuator/key-seal.ts';
import { grantsOf } from '../../../src/core/grants.ts';
import { standForArbiter } from '../../../src/runtime/agent/arbiter-part.ts';
import { keepKeys } from '../../../src/runtime/agent/keys-part.ts';
import { standForLeader } from '../../../src/runtime/agent/leader-part.ts';
import { RegionPart } from '../../../src/runtime/agent/region-part.ts';
import { readKeys } from '../../../src/runtime/duty/keys-view.ts';
import { acceptedKey, policyKey, prefixes } from '../../../src/store/keys.ts';
import { acceptedRecord } from '../../../src/store/schema.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

/** Anybody but root. */
const KEYSTONE = 64_064;

const TEXT = `apiVersion: regent/v1
kind: FernetKeys
name: keys
nodes: { south: [south-1] }
`;

async function keeping(life: Life) {
  const directory = join(life.runDirectory, 'fernet-keys');
  await mkdir(directory, { mode: 0o700 });
  for (const index of [0, 1]) {
    await writeFile(join(directory, String(index)), FernetKey.generate().reveal(), { mode: 0o600 });
  }
  // A directory of root is no repository for Keystone.
  if (process.getuid?.() === 0)
    for (const name of ['', '0', '1']) await chown(join(directory, name), KEYSTONE, KEYSTONE);
  const revision = life.global.put(policyKey('keys'), TEXT);
  const accepted = acceptedRecord.encode({ text: TEXT, revision, isRetired: false });
  life.global.put(acceptedKey('keys'), accepted);
  const host = new AnAgent(life);
  host.parts.seal = KeySeal.fromText(Buffer.alloc(32, 1).toString('base64'));
  host.parts.grants = grantsOf({ files: [`${directory}/*`], units: [], addresses: [], haproxy: null });
  const region = RegionPart.join(host.agent, life.regional.store);
  keepKeys(host.agent, region, { sealingKeyFile: '/unused', repositories: { fernet: directory } });
  await standForLeader(host.agent, life.regional.store, host.leasedKeys(life.global.store, 'global'));
  await standForArbiter(host.agent);
  return { host, directory };
}

test('what a node reports reaches the arbiter through its region, and a policy that is gone is forgotten', async (t) => {
  const { global, regional } = t.context;
  const { host, directory } = await keeping(t.context);
  const found = () => readKeys(global.cluster.state.list(prefixes.keys)).get('keys');
  await global.time.until(() => found()?.regions.get('south')?.value.nodes['south-1'] !== undefined);
  await global.time.until(() => found()?.state !== undefined);
  t.like(found()?.state?.value, { generation: 1, work: null });
  t.true(host.names.includes('keys:set:adopted'));
  await global.time.until(() => JSON.stringify(host.keys()) === '{"keys":{"generation":1,"isInPlace":true}}');
  t.deepEqual((await readdir(directory)).sort(), ['0', '1']);
  global.delete(policyKey('keys'));
  await global.time.until(() => global.entry(acceptedKey('keys')) === undefined);
  await global.time.until(() => regional.keys(prefixes.wantedKeys).length === 0);
  await global.time.until(() => global.keys(prefixes.keys).length === 0);
  t.deepEqual(Object.keys(host.keys()), []);
  await host.stop();
});
