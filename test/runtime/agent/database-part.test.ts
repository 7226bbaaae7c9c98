/** A db agent as a whole: it adopts, notices, stops and comes back. The node is north-3, with an open server. */
import anyTest, { type TestFn } from 'ava';
import { DatabasePart } from '../../../src/runtime/agent/database-part.ts';
import { memberRecord } from '../../../src/store/database-records.ts';
import { acceptedKey, databaseMemberKey, nodeKey } from '../../../src/store/keys.ts';
import { acceptedRecord } from '../../../src/store/schema.ts';
import { DATABASE } from '../../policy/a-world.ts';
import { NODE, PRIMARY_KEY, putState, stateIn, steady } from '../duty/a-database.ts';
import { Peers } from '../duty/a-peer.ts';
import { AServer, aLook, replicating } from '../duty/a-server.ts';
import { noRebuild } from './a-rebuild.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife(NODE);
});
test.afterEach.always((t) => endLife(t.context));

const CLOSE = 'close within 300';

function joining(life: Life, server = new AServer(), hostStops = false) {
  const host = new AnAgent(life);
  const peers = new Peers();
  const local = { server, process: server, hostStops: async () => hostStops, rebuild: noRebuild };
  const part = DatabasePart.join(host.agent, local, host.leasedKeys(life.global.store, 'global'), peers);
  return { host, server, part, peers };
}

/** A database whose primary this node is, managed. */
async function managing(life: Life) {
  life.global.put(acceptedKey('keystone'), acceptedRecord.encode({ text: DATABASE, revision: 7n, isRetired: false }));
  putState(life.global, { ...steady, switchedAtMs: 0 });
  const world = joining(life);
  await life.global.time.until(() => world.part.isPrimary);
  return world;
}

test('an adopted primary has its key and was never closed; its node and its server are in the store', async (t) => {
  const { global } = t.context;
  const { host, server } = await managing(t.context);
  const key = databaseMemberKey('keystone', NODE);
  await global.time.until(() => global.entry(key) !== undefined);
  t.like(memberRecord.decode(key, global.entry(key)?.value ?? ''), { serverUp: true, readOnly: false });
  t.not(global.entry(nodeKey(NODE)), undefined);
  t.not(global.entry(PRIMARY_KEY)?.leaseId, global.entry(key)?.leaseId, 'the right has a lease of its own');
  await global.time.advance(10_000);
  t.false(server.calls.includes(CLOSE));
  await host.stop();
});

test('an idle primary writes nothing to the store', async (t) => {
  const { global } = t.context;
  const { host } = await managing(t.context);
  await global.time.advance(3_000);
  const before = global.revision;
  await global.time.advance(30_000);
  t.is(global.revision, before);
  await host.stop();
});

test('a node that is no member of a database leaves it alone', async (t) => {
  const life = { ...t.context, node: 'north-1' };
  life.global.put(acceptedKey('keystone'), acceptedRecord.encode({ text: DATABASE, revision: 7n, isRetired: false }));
  putState(life.global, { ...steady, switchedAtMs: 0 });
  const { host, server, part } = joining(life);
  await life.global.time.advance(5_000);
  t.deepEqual(server.calls, []);
  t.false(part.isPrimary);
  t.is(life.global.entry(PRIMARY_KEY), undefined);
  await host.stop();
});

test('a mariadbd that is gone is noticed and reported at once', async (t) => {
  const { global } = t.context;
  const { host, server } = await managing(t.context);
  await global.time.advance(1_000);
  server.running = undefined;
  const goneAt = global.time.nowMs();
  await global.time.until(() => stateIn(global).receipt !== null, 10);
  t.true(global.time.nowMs() - goneAt <= 300);
  t.is(global.entry(PRIMARY_KEY), undefined);
  await host.stop();
});

test('a key that vanished is noticed soon after it was taken, not with the next full reading', async (t) => {
  const { global } = t.context;
  const { host, server } = await managing(t.context);
  global.delete(PRIMARY_KEY);
  await t.notThrowsAsync(global.time.until(() => server.calls.includes(CLOSE), 100, 20));
  await host.stop();
});

test('an orderly stop leaves the server open and says so; the next process goes on with the same key', async (t) => {
  const { global } = t.context;
  const { host, server } = await managing(t.context);
  const created = global.entry(PRIMARY_KEY)?.createRevision;
  await host.stop();
  t.is(stateIn(global).hold?.owner, NODE);
  t.is(server.calls.at(-1), 'end');
  const next = joining(t.context, server);
  await global.time.until(() => next.part.isPrimary);
  t.is(global.entry(PRIMARY_KEY)?.createRevision, created);
  t.is(stateIn(global).hold, null);
  t.false(server.calls.includes(CLOSE));
  await next.host.stop();
});

test('a host that goes down closes its server and gives the key away', async (t) => {
  const { global } = t.context;
  global.put(acceptedKey('keystone'), acceptedRecord.encode({ text: DATABASE, revision: 7n, isRetired: false }));
  putState(global, { ...steady, switchedAtMs: 0 });
  const { host, server, part } = joining(t.context, new AServer(), true);
  await global.time.until(() => part.isPrimary);
  await host.stop();
  t.true(server.calls.includes(CLOSE));
  t.is(global.entry(PRIMARY_KEY), undefined);
  t.is(stateIn(global).hold, null);
});

test('a word is given to the member that its certificate names, by name or address, and to nobody who speaks for it', async (t) => {
  const { global } = t.context;
  global.put(acceptedKey('keystone'), acceptedRecord.encode({ text: DATABASE, revision: 7n, isRetired: false }));
  putState(global, { ...steady, primary: 'north-2' });
  const server = new AServer();
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  const { host, peers } = joining(t.context, server);
  await global.time.advance(2_000);
  const request = { database: 'keystone', primary: 'north-2', forMs: 1_000, asker: 'a', sequence: 1 };
  t.like(peers.receive(request, ['north-2']), { granted: true });
  t.like(peers.receive(request, ['192.0.2.12']), { granted: true });
  const stranger = { granted: false, reason: 'NotTheMember' };
  t.deepEqual(peers.receive(request, ['south-2', '198.51.100.12']), stranger);
  t.deepEqual(peers.receive({ ...request, forMs: 0, sequence: 9 }, ['south-2']), stranger);
  t.deepEqual(peers.receive({ ...request, primary: 'nobody' }), { granted: false, reason: 'Unknown' });
  await host.stop();
});

test('where one store is everything, the node is registered by its region, not here', async (t) => {
  const { host } = joining({ ...t.context, isOne: true });
  await t.context.global.time.advance(1_000);
  t.is(t.context.global.entry(nodeKey(NODE)), undefined);
  await host.stop();
});
