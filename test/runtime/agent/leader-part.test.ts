/** A region's leader from its election on: texts come into force, decisions are written, and it registers globally. */
import anyTest, { type TestFn } from 'ava';
import { globalStoreSites, standForLeader } from '../../../src/runtime/agent/leader-part.ts';
import { acceptedKey, desiredKey, nodeKey, policyKey, regionKey } from '../../../src/store/keys.ts';
import { nodeRecord, regionRecord } from '../../../src/store/schema.ts';
import { southNodes, VIP } from '../../policy/a-world.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

const DECISION = desiredKey('vip', 'vip');

async function standing(life: Life) {
  const host = new AnAgent(life);
  for (const { node, ...rest } of southNodes)
    life.regional.put(nodeKey(node), nodeRecord.encode({ ...rest, version: '1', bootId: 'b', http: null }));
  const candidacy = await standForLeader(host.agent, life.regional.store, host.leasedKeys(life.global.store, 'global'));
  return { host, candidacy };
}

test('a text that was put becomes a decision, and the region is registered with its leader', async (t) => {
  const { regional, global } = t.context;
  const { candidacy, host } = await standing(t.context);
  regional.put(policyKey('vip'), VIP);
  await regional.time.until(() => regional.entry(DECISION) !== undefined);
  t.not(regional.entry(acceptedKey('vip')), undefined);
  t.true(host.names.includes('policy:text:accepted'));
  await regional.time.until(() => global.entry(regionKey('south')) !== undefined);
  t.deepEqual(regionRecord.decode(regionKey('south'), global.entry(regionKey('south'))?.value ?? ''), {
    leader: 'south-1',
    epoch: candidacy.epoch() ?? 0n,
  });
  await host.stop();
});

test('a deleted text ends the decision', async (t) => {
  const { regional } = t.context;
  const { host } = await standing(t.context);
  regional.put(policyKey('vip'), VIP);
  await regional.time.until(() => regional.entry(DECISION) !== undefined);
  regional.delete(policyKey('vip'));
  await regional.time.until(() => regional.entry(DECISION) === undefined);
  t.is(regional.entry(acceptedKey('vip')), undefined);
  await host.stop();
});

test('who gave leadership away sees no more of the region and takes its name from the global store', async (t) => {
  const { regional, global } = t.context;
  const { host, candidacy } = await standing(t.context);
  await regional.time.until(() => global.entry(regionKey('south')) !== undefined);
  candidacy.prefer(false);
  await regional.time.until(() => global.entry(regionKey('south')) === undefined);
  t.deepEqual([...host.mirrors.awayForMs()], []);
  regional.put(policyKey('vip'), VIP);
  await regional.time.advance(30_000);
  t.is(regional.entry(acceptedKey('vip')), undefined);
  await host.stop();
});

test('an idle leader writes nothing in either store', async (t) => {
  const { regional, global } = t.context;
  const { host } = await standing(t.context);
  regional.put(policyKey('vip'), VIP);
  await regional.time.until(() => regional.entry(DECISION) !== undefined);
  await regional.time.until(() => global.entry(regionKey('south')) !== undefined);
  await regional.time.advance(1_000);
  const before = [regional.revision, global.revision];
  await regional.time.advance(60_000);
  t.deepEqual([regional.revision, global.revision], before);
  t.deepEqual(host.problems, []);
  await host.stop();
});

test('the sites of the global store are its endpoints', (t) => {
  t.is(globalStoreSites(new AnAgent(t.context).agent), 3);
});
