/** What a region's leader knows from the global store, and what it knows when that store is away. */
import anyTest, { type TestFn } from 'ava';
import { GlobalKnowledge } from '../../../src/runtime/agent/global-knowledge.ts';
import { acceptedKey, databaseMemberKey } from '../../../src/store/keys.ts';
import { acceptedRecord } from '../../../src/store/schema.ts';
import { aBallot } from '../../core/database/a-database.ts';
import { CATALOG, DATABASE, VIP } from '../../policy/a-world.ts';
import { putState, STATE_KEY, steady } from '../duty/a-database.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

async function knowing(life: Life) {
  const host = new AnAgent(life);
  life.global.put(acceptedKey('keystone'), acceptedRecord.encode({ text: DATABASE, revision: 7n, isRetired: false }));
  const knowledge = new GlobalKnowledge(host.agent);
  const woken = { times: 0 };
  const onWake = () => {
    woken.times += 1;
  };
  return { host, knowledge, woken, open: () => knowledge.open(onWake) };
}

const view = { database: 'keystone', primary: 'north-3', region: 'north', term: 7n, lossyTerm: 0n };

test('before it is opened nothing is known, and the store is not asked', async (t) => {
  const { knowledge } = await knowing(t.context);
  t.deepEqual(knowledge.policies(), []);
  t.is(knowledge.policiesIfKnown(), undefined);
  t.deepEqual(knowledge.databases(), { views: [], isReachable: false });
  t.is(t.context.global.time.pending, 0);
});

test('policies and settled primaries are known once the store was read', async (t) => {
  const { knowledge, open, woken } = await knowing(t.context);
  putState(t.context.global, steady);
  open();
  t.is(knowledge.policiesIfKnown(), undefined, 'not read yet');
  await t.context.global.time.advance(10);
  t.deepEqual(
    knowledge.policiesIfKnown()?.map((policy) => policy.name),
    ['keystone'],
  );
  t.deepEqual(knowledge.databases(), { views: [view], isReachable: true });
  t.true(woken.times > 0);
});

test('a store without policies is known to have none', async (t) => {
  const { knowledge, open } = await knowing(t.context);
  t.context.global.delete(acceptedKey('keystone'));
  open();
  await t.context.global.time.advance(10);
  t.deepEqual(knowledge.policiesIfKnown(), []);
});

test('during a ballot nobody is pointed anywhere before its candidate has the key', async (t) => {
  const { knowledge, open } = await knowing(t.context);
  open();
  for (const step of ['poll', 'freeze', 'drain'] as const) {
    putState(t.context.global, { ...steady, phase: 'ballot', ballot: aBallot(step) });
    await t.context.global.time.advance(10);
    t.deepEqual(knowledge.databases().views, []);
  }
  putState(t.context.global, { ...steady, phase: 'ballot', ballot: aBallot('prove') });
  await t.context.global.time.advance(10);
  t.deepEqual(knowledge.databases().views, [view]);
});

test('a primary that the policy does not name, and a state that cannot be read, point nobody anywhere', async (t) => {
  const { knowledge, open } = await knowing(t.context);
  open();
  putState(t.context.global, { ...steady, primary: 'west-1' });
  await t.context.global.time.advance(10);
  t.deepEqual(knowledge.databases().views, []);
  t.context.global.put(STATE_KEY, 'broken');
  await t.context.global.time.advance(10);
  t.deepEqual(knowledge.databases(), { views: [], isReachable: true });
});

test('what was last known stays while the store is away, and is said to be old (I5)', async (t) => {
  const { knowledge, open } = await knowing(t.context);
  putState(t.context.global, steady);
  open();
  await t.context.global.time.advance(10);
  t.context.global.loses = 'requests';
  await t.context.global.time.advance(30_000);
  t.deepEqual(knowledge.databases(), { views: [view], isReachable: false });
});

test("a region's policies in that store are not a database's; unreadable ones are known by name", async (t) => {
  const { knowledge, open } = await knowing(t.context);
  t.context.global.put(acceptedKey('vip'), acceptedRecord.encode({ text: VIP, revision: 7n, isRetired: false }));
  const catalog = acceptedRecord.encode({ text: CATALOG, revision: 7n, isRetired: false });
  t.context.global.put(acceptedKey('catalog'), catalog);
  t.context.global.put(acceptedKey('nova'), 'broken');
  open();
  await t.context.global.time.advance(10);
  t.deepEqual(
    knowledge.policies().map(({ policy }) => policy.name),
    ['keystone'],
  );
  t.deepEqual(
    knowledge.shared().map(({ policy }) => policy.name),
    ['catalog', 'keystone'],
  );
  t.deepEqual(knowledge.unreadable(), ['nova']);
});

test('opening twice opens once; closing ends it and forgets', async (t) => {
  const { knowledge, open, host } = await knowing(t.context);
  open();
  open();
  await t.context.global.time.advance(10);
  await knowledge.close();
  t.is(t.context.global.time.pending, 0);
  t.is(knowledge.policiesIfKnown(), undefined);
  t.deepEqual([...host.mirrors.awayForMs()], []);
  await t.notThrowsAsync(knowledge.close());
});

test('a leader is not woken by what the members of a database say of themselves', async (t) => {
  const { open, woken } = await knowing(t.context);
  open();
  await t.context.global.time.advance(10);
  const before = woken.times;
  t.context.global.put(databaseMemberKey('keystone', 'north-2'), 'anything');
  await t.context.global.time.advance(10);
  t.is(woken.times, before);
  putState(t.context.global, steady);
  await t.context.global.time.advance(10);
  t.is(woken.times, before + 1);
});
