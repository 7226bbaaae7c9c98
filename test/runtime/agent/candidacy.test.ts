/** Standing for an election: what an agent learns when it is elected and deposed, and when it stands aside. */
import anyTest, { type TestFn } from 'ava';
import { Candidacy, keepAwayFromPrimary, LateView } from '../../../src/runtime/agent/candidacy.ts';
import { leaderKey } from '../../../src/store/keys.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import { AStore, AView } from '../duty/a-store.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

function candidate(life: Life) {
  const host = new AnAgent(life);
  const told: string[] = [];
  const candidacy = new Candidacy(host.agent, {
    name: 'leader',
    store: life.regional.store,
    key: leaderKey(),
    onElected: (epoch) => told.push(`elected ${epoch}`),
    onDeposed: () => told.push('deposed'),
  });
  return { host, told, candidacy };
}

async function elected(life: Life) {
  const world = candidate(life);
  await world.candidacy.start();
  await life.regional.time.until(() => world.told.length > 0);
  return world;
}

const rival = leaderRecord.encode({ node: 'south-2', region: 'south', bootId: 'b' });

test('the only candidate is elected; its epoch is the create revision of the key', async (t) => {
  const { regional } = t.context;
  const { candidacy, told, host } = await elected(t.context);
  const entry = regional.entry(leaderKey());
  t.is(candidacy.epoch(), entry?.createRevision);
  t.deepEqual(leaderRecord.decode(leaderKey(), entry?.value ?? ''), {
    node: 'south-1',
    region: 'south',
    bootId: 'boot-1',
  });
  t.deepEqual(told, [`elected ${candidacy.epoch()}`]);
  t.deepEqual(host.names, ['leader:election:won']);
  t.like(host.told[0], { subject: 'south', epoch: candidacy.epoch() });
  t.true(host.elections.get('leader')?.());
});

test('a candidate that is not elected has no epoch', async (t) => {
  const { regional } = t.context;
  regional.put(leaderKey(), rival);
  const { candidacy, told, host } = candidate(t.context);
  await candidacy.start();
  await regional.time.advance(30_000);
  t.is(candidacy.epoch(), undefined);
  t.false(host.elections.get('leader')?.());
  t.deepEqual(told, []);
});

test('what is written under its guard counts while it leads, and not after', async (t) => {
  const { regional } = t.context;
  const { candidacy } = await elected(t.context);
  const guard = candidacy.guard(candidacy.epoch() ?? 0n);
  const write = () => regional.store.transact([guard], [{ kind: 'put', key: '/x', value: 'y' }]);
  t.true((await write()).committed);
  regional.delete(leaderKey());
  regional.put(leaderKey(), rival);
  t.false((await write()).committed);
});

test('a leader whose lease has run out knows it at the deadline', async (t) => {
  const { regional } = t.context;
  const { candidacy, told, host } = await elected(t.context);
  regional.loses = 'requests';
  await regional.time.until(() => candidacy.epoch() === undefined, 100, 40);
  t.is(told.at(-1), 'deposed');
  t.is(host.names.at(-1), 'leader:election:lost');
  t.not(regional.entry(leaderKey()), undefined, 'before the store gives it away');
});

test('who is not welcome to lead gives leadership away, and stands again when it is', async (t) => {
  const { regional } = t.context;
  const { candidacy, told } = await elected(t.context);
  candidacy.prefer(false);
  t.is(candidacy.epoch(), undefined);
  await regional.time.until(() => regional.entry(leaderKey()) === undefined);
  await regional.time.advance(30_000);
  t.is(told.at(-1), 'deposed');
  candidacy.prefer(true);
  await regional.time.until(() => told.length === 3);
  t.not(candidacy.epoch(), undefined);
});

test('being as welcome as before changes nothing, and asks nothing', async (t) => {
  const { regional } = t.context;
  const { candidacy, told } = await elected(t.context);
  const epoch = candidacy.epoch();
  await regional.time.advance(100);
  const before = regional.requests;
  candidacy.prefer(true);
  await regional.time.advance(10);
  t.is(regional.requests, before);
  await regional.time.advance(5_000);
  t.is(candidacy.epoch(), epoch);
  t.is(told.length, 1);
});

test('a restart within the lease goes on with the same epoch and writes nothing', async (t) => {
  const { regional } = t.context;
  const { host, candidacy } = await elected(t.context);
  const epoch = candidacy.epoch();
  await host.stop();
  const before = regional.revision;
  const next = await elected(t.context);
  t.is(next.candidacy.epoch(), epoch);
  t.is(regional.revision, before);
});

test('the node of the primary lets others lead, for as long as it is that', async (t) => {
  const { regional } = t.context;
  const { host, candidacy, told } = await elected(t.context);
  let isPrimary = true;
  keepAwayFromPrimary(host.agent, [candidacy], () => isPrimary);
  await regional.time.until(() => told.length === 2);
  t.is(candidacy.epoch(), undefined);
  isPrimary = false;
  await regional.time.until(() => told.length === 3);
  t.not(candidacy.epoch(), undefined);
});

test('a view that is not there has nothing in it and cannot be believed', (t) => {
  const view = new LateView();
  t.deepEqual([...view.entries()], []);
  t.is(view.revision, 0n);
  t.is(view.awayForMs(), Number.MAX_SAFE_INTEGER);
  const stored = new AStore();
  stored.put('/regent/v1/nodes/a', 'a');
  const target = new AView(stored);
  target.awayMs = 3;
  view.target = target;
  t.is([...view.entries()].length, 1);
  t.is(view.revision, stored.revision);
  t.is(view.awayForMs(), 3);
  view.target = undefined;
  t.deepEqual([...view.entries()], []);
});
