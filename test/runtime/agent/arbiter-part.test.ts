/** The arbiter before its election and from it on: it watches, judges the databases' policies and writes their states. */
import anyTest, { type TestFn } from 'ava';
import { soonest, standForArbiter } from '../../../src/runtime/agent/arbiter-part.ts';
import { acceptedKey, arbiterKey, holdKey, nodeKey, policyKey, rejectedKey } from '../../../src/store/keys.ts';
import { holdRecord, leaderRecord, nodeRecord } from '../../../src/store/schema.ts';
import { DATABASE, northNodes, southNodes, VIP } from '../../policy/a-world.ts';
import { aMember, ownKey, PRIMARY_KEY, putMember, putPrimary, STATE_KEY, stateIn } from '../duty/a-database.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife('witness-1');
});
test.afterEach.always((t) => endLife(t.context));

const MEMBERS = ['north-3', 'north-2', 'south-2'];

async function arbitrating(life: Life) {
  const { global } = life;
  for (const { node, ...rest } of [...northNodes, ...southNodes])
    global.put(nodeKey(node), nodeRecord.encode({ ...rest, version: '1', bootId: 'b', http: null }));
  const host = new AnAgent(life);
  const candidacy = await standForArbiter(host.agent);
  await global.time.until(() => global.entry(arbiterKey()) !== undefined);
  return { host, candidacy };
}

/** The policy is in force, and every member has looked at its server since. */
function manage(global: Life['global']): void {
  const policyRevision = global.put(policyKey('keystone'), DATABASE);
  for (const node of MEMBERS) putMember(global, aMember(node, { policyRevision }));
}

/** The database is adopted and its primary has its key. */
async function adopted(life: Life) {
  const { global } = life;
  const world = await arbitrating(life);
  manage(global);
  await global.time.until(() => global.entry(STATE_KEY) !== undefined);
  const state = stateIn(global);
  const { key, value } = global.entry(STATE_KEY) ?? { key: '', value: '' };
  global.put(key, value.replace('"switchedAtMs":0', '"switchedAtMs":1'));
  putPrimary(global, { ...ownKey, term: state.term });
  await global.time.advance(1_000);
  return world;
}

test('a text that was put comes into force, and its database is adopted', async (t) => {
  const { global } = t.context;
  const { host } = await arbitrating(t.context);
  manage(global);
  await global.time.until(() => global.entry(STATE_KEY) !== undefined);
  t.is(stateIn(global).primary, 'north-3');
  t.true(host.names.includes('database:primary:adopted'));
  await host.stop();
});

test('a text for another store is refused here', async (t) => {
  const { global } = t.context;
  const { host } = await arbitrating(t.context);
  global.put(policyKey('vip'), VIP);
  await global.time.until(() => global.entry(rejectedKey('vip')) !== undefined);
  t.is(global.entry(acceptedKey('vip')), undefined);
  await host.stop();
});

test('a primary whose key is gone leads to a ballot', async (t) => {
  const { global } = t.context;
  const { host } = await adopted(t.context);
  global.delete(PRIMARY_KEY);
  await global.time.until(() => stateIn(global).phase === 'ballot');
  t.true(host.names.includes('database:ballot:opened'));
  await host.stop();
});

test('a hold in the global store is respected', async (t) => {
  const { global } = t.context;
  const { host } = await adopted(t.context);
  const expiresAtMs = Math.round(global.time.wallMs()) + 60_000;
  const scope = 'database/keystone';
  global.put(holdKey(scope), holdRecord.encode({ scope, owner: 'ann', reason: 'maintenance', expiresAtMs }));
  await global.time.advance(100);
  global.delete(PRIMARY_KEY);
  await global.time.advance(30_000);
  t.is(stateIn(global).phase, 'steady');
  t.true(host.told.some((event) => event.refusal === 'OnHold'));
  await host.stop();
});

test('an agent that stands says whether it reaches the store, also while another one is elected', async (t) => {
  const { global } = t.context;
  global.put(arbiterKey(), leaderRecord.encode({ node: 'north-1', region: 'north', bootId: 'b' }));
  const { host } = await arbitrating(t.context);
  await global.time.advance(100);
  t.deepEqual([...host.mirrors.awayForMs()], [['global', 0]]);
  await host.stop();
});

/** South-1 stands beside the arbiter, whose key and the primary's are under leases of hosts that are lost together. */
async function standingBeside(life: Life) {
  const { global } = life;
  const first = await adopted(life);
  const { host } = await arbitrating({ ...life, node: 'south-1', global, runDirectory: `${life.runDirectory}/beside` });
  await global.time.advance(1_000);
  return { first, host };
}

test('who stands sees the primary go, and opens the ballot as soon as it is elected', async (t) => {
  const { global } = t.context;
  const { first, host } = await standingBeside(t.context);
  await first.host.stop();
  global.delete(PRIMARY_KEY);
  await global.time.advance(1_000);
  t.deepEqual(host.names, [], 'it is not elected, and tells nothing');
  const before = global.time.nowMs();
  global.delete(arbiterKey());
  await global.time.until(() => stateIn(global).phase === 'ballot');
  t.true(global.time.nowMs() - before < 500);
  t.deepEqual(host.names, ['arbiter:election:won', 'database:ballot:opened']);
  await host.stop();
});

test('who stands and is not elected writes nothing', async (t) => {
  const { global } = t.context;
  const { first, host } = await standingBeside(t.context);
  const before = global.revision;
  await global.time.advance(60_000);
  t.is(global.revision, before);
  t.deepEqual(host.problems, []);
  await host.stop();
  await first.host.stop();
});

test('who gave the office away judges nothing any more', async (t) => {
  const { global } = t.context;
  const { host, candidacy } = await adopted(t.context);
  candidacy.prefer(false);
  await global.time.until(() => global.entry(arbiterKey()) === undefined);
  global.delete(PRIMARY_KEY);
  await global.time.advance(30_000);
  t.is(stateIn(global).phase, 'steady');
  await host.stop();
});

test('an idle arbiter writes nothing', async (t) => {
  const { global } = t.context;
  const { host } = await adopted(t.context);
  const before = global.revision;
  await global.time.advance(60_000);
  t.is(global.revision, before);
  t.deepEqual(host.problems, []);
  await host.stop();
});

test('where one store is everything, policies are judged by the leader, not here', async (t) => {
  const { global } = t.context;
  const { host } = await arbitrating({ ...t.context, isOne: true });
  manage(global);
  await global.time.advance(30_000);
  t.is(global.entry(acceptedKey('keystone')), undefined);
  await host.stop();
});

test('the soonest of what is wanted is the least of it, and of nothing nothing', (t) => {
  t.is(soonest([undefined, 250, 0, 1000]), 0);
  t.is(soonest([undefined, 250]), 250);
  t.is(soonest([undefined]), undefined);
  t.is(soonest([]), undefined);
});
