/** A region's leader from its election on: texts come into force, decisions are written, and it registers globally. */
import anyTest, { type TestFn } from 'ava';
import { globalStoreSites, standForLeader } from '../../../src/runtime/agent/leader-part.ts';
import { decodeDesired } from '../../../src/store/desired-spec.ts';
import { acceptedKey, desiredKey, nodeKey, observationKey, policyKey, regionKey } from '../../../src/store/keys.ts';
import {
  acceptedRecord,
  desiredRecord,
  nodeRecord,
  observationRecord,
  regionRecord,
} from '../../../src/store/schema.ts';
import { CATALOG, DATABASE, southNodes, VIP } from '../../policy/a-world.ts';
import { putState, steady } from '../duty/a-database.ts';
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

test('a catalogue in the global store gets its keeper from the leader of the region with the primary', async (t) => {
  const { regional, global } = t.context;
  const { host } = await standing(t.context);
  const put = (store: typeof global, name: string, text: string) =>
    store.put(acceptedKey(name), acceptedRecord.encode({ text, revision: 7n, isRetired: false }));
  put(global, 'keystone', DATABASE);
  put(global, 'catalog', CATALOG);
  for (const probe of ['keystone-local', 'catalog-grant']) {
    const value = observationRecord.encode({ health: 'ok', detail: '', facts: {}, since: 'now' });
    regional.put(observationKey('south-2', probe), value);
  }
  putState(global, { ...steady, primary: 'south-2' });
  const key = desiredKey('catalog', 'catalog');
  await regional.time.until(() => regional.entry(key) !== undefined);
  const keeperIn = () => {
    const { spec } = desiredRecord.decode(key, regional.entry(key)?.value ?? '');
    const value = decodeDesired(key, spec);
    return value.kind === 'catalog' ? value.keeper : undefined;
  };
  t.is(keeperIn(), 'south-2');
  t.true(host.names.includes('catalog:keeper:named'));
  putState(global, { ...steady, primary: 'north-3', term: steady.term + 1n });
  await regional.time.until(() => keeperIn() === null);
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
