/** The leader's decisions in the store: guarded, written when they differ, and what it tells of its region. */
import test from 'ava';
import type { Desired } from '../../../src/core/desired.ts';
import type { Health } from '../../../src/core/observation.ts';
import type { Accepted } from '../../../src/core/policy.ts';
import type { DatabaseView } from '../../../src/core/region-snapshot.ts';
import { LeaderDuty } from '../../../src/runtime/duty/leader-duty.ts';
import { readRegion } from '../../../src/runtime/duty/region-view.ts';
import { refusedOrderRecord } from '../../../src/store/database-records.ts';
import { identityOrderRecord } from '../../../src/store/identity-records.ts';
import {
  desiredKey,
  holdKey,
  identityOrderKey,
  identityRefusedOrderKey,
  leaderKey,
  nodeKey,
  observationKey,
} from '../../../src/store/keys.ts';
import { holdRecord, nodeRecord, observationRecord } from '../../../src/store/schema.ts';
import { database, identity, inForce, northIsPrimary, southIsPrimary, vip } from '../../core/a-region.ts';
import { ALeadership, AStore, AView, never, Told } from './a-store.ts';

const VIP = desiredKey('vip', 'south');
const ROUTE = desiredKey('database', 'keystone');

function aLeader() {
  const stored = new AStore();
  const view = new AView(stored);
  const told = new Told();
  const leadership = new ALeadership(stored, leaderKey());
  const knows: {
    policies: readonly Accepted[];
    unreadable: readonly string[];
    views: readonly DatabaseView[];
    isReachable: boolean;
  } = { policies: [inForce(vip, 3n)], unreadable: [], views: [northIsPrimary], isReachable: true };
  const duty = new LeaderDuty({
    region: 'south',
    store: stored.store,
    view,
    leadership,
    policies: () => knows.policies,
    unreadable: () => knows.unreadable,
    databases: () => knows,
    record: told.record,
    clock: stored.time,
    wallMs: stored.time.wallMs,
  });
  for (const node of vip.nodes) register(stored, node);
  return { stored, view, told, leadership, knows, duty };
}

function register(stored: AStore, node: string): void {
  const addresses = [`198.51.100.1${node.at(-1)}`];
  const record = { region: 'south', roles: ['proxy'] as const, addresses, version: '1', bootId: 'b', http: null };
  stored.put(nodeKey(node), nodeRecord.encode(record));
}

function observe(stored: AStore, node: string, probe: string, health: Health, facts = {}, detail = ''): void {
  stored.put(observationKey(node, probe), observationRecord.encode({ health, detail, facts, since: 'now' }));
}

const desiredIn = (stored: AStore): readonly Desired[] =>
  readRegion(stored.cluster.state.list('/')).desired.map((each) => each.value);
const unfitIn = (stored: AStore) => desiredIn(stored).flatMap((each) => (each.kind === 'vip' ? each.unfit : []));

/** A leader whose decision stands, with one proxy that has failed long enough. */
async function aboutToVeto() {
  const world = aLeader();
  await world.duty.tick(never);
  observe(world.stored, 'south-1', 'haproxy', 'failed');
  observe(world.stored, 'south-2', 'haproxy', 'ok');
  await world.duty.tick(never);
  await world.stored.time.advance(vip.unfitWhen.failedForMs);
  return world;
}

test('a decision is written with the epoch and the revision of its policy', async (t) => {
  const { stored, duty, leadership } = aLeader();
  await duty.tick(never);
  const [decision] = readRegion(stored.cluster.state.list('/')).desired;
  t.like(decision, { epoch: leadership.epoch(), policyRevision: 3n });
  t.is(decision?.value.kind, 'vip');
});

test('an idle region writes nothing, for as long as it is idle', async (t) => {
  const { stored, duty, told } = aLeader();
  await duty.tick(never);
  const before = stored.revision;
  for (let tick = 0; tick < 5; tick += 1) {
    const wantedMs = await duty.tick(never);
    t.true(wantedMs !== undefined && wantedMs > 1_000);
    await stored.time.advance(10_000);
  }
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
});

test('several decisions are one transaction', async (t) => {
  const { stored, duty, knows } = aLeader();
  knows.policies = [inForce(vip, 3n), inForce(database, 4n)];
  const before = stored.revision;
  await duty.tick(never);
  t.is(stored.revision, before + 1n);
  t.deepEqual(stored.keys('/regent/v1/desired/'), [ROUTE, VIP]);
});

test('a probe that fails for long enough makes a node unfit, which is told once', async (t) => {
  const { stored, duty, told } = await aboutToVeto();
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), ['south-1']);
  await duty.tick(never);
  t.deepEqual(told.names, ['vip:node:unfit']);
});

test('another detail of the same failure does not start its time anew', async (t) => {
  const { stored, duty } = await aboutToVeto();
  observe(stored, 'south-1', 'haproxy', 'failed', {}, 'another word');
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), ['south-1']);
});

test('a leader that was deposed and does not know it writes and tells nothing', async (t) => {
  const { stored, duty, told, leadership } = await aboutToVeto();
  leadership.depose();
  const before = stored.revision;
  t.is(await duty.tick(never), 0);
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
});

test('a leader that knows that it was deposed does not even ask', async (t) => {
  const { stored, duty, leadership } = await aboutToVeto();
  leadership.stepDown();
  stored.loses = 'requests';
  t.is(await duty.tick(never), undefined);
});

test('nothing is decided while the store is away', async (t) => {
  const { stored, duty, view } = await aboutToVeto();
  view.awayMs = 1;
  const before = stored.revision;
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before);
});

test('a value that changed since it was read is not written over, and neither are the others of that tick', async (t) => {
  const { stored, duty, view, told, knows } = await aboutToVeto();
  knows.policies = [inForce(vip, 3n), inForce(database, 4n)];
  view.freeze();
  stored.put(VIP, stored.entry(VIP)?.value ?? '');
  const before = stored.revision;
  t.is(await duty.tick(never), 0);
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
  view.thaw();
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), ['south-1']);
});

test('a value that appeared since is not written over', async (t) => {
  const { stored, duty, view } = aLeader();
  view.freeze();
  stored.put(VIP, 'of another hand');
  t.is(await duty.tick(never), 0);
  t.is(stored.entry(VIP)?.value, 'of another hand');
});

test('a successor waits its time: what stood before it was elected does not count', async (t) => {
  const { stored, duty, leadership } = await aboutToVeto();
  leadership.elect();
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), []);
  await stored.time.advance(vip.unfitWhen.failedForMs);
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), ['south-1']);
});

test('a leader that was out for a while has not seen what stood meanwhile', async (t) => {
  const { stored, duty, leadership } = await aboutToVeto();
  const epoch = leadership.epoch() ?? 0n;
  leadership.stepDown();
  await duty.tick(never);
  leadership.resume(epoch);
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), []);
});

test('a value whose policy is gone is released, and nothing of what cannot be read', async (t) => {
  const { stored, duty, knows } = aLeader();
  await duty.tick(never);
  knows.policies = [];
  knows.unreadable = ['south'];
  const before = stored.revision;
  await duty.tick(never);
  t.is(stored.revision, before);
  knows.unreadable = [];
  await duty.tick(never);
  t.is(stored.entry(VIP), undefined);
});

test("a database's route stays while the global store cannot say that its policy is gone", async (t) => {
  const { stored, duty, knows } = aLeader();
  knows.policies = [inForce(database, 4n)];
  await duty.tick(never);
  knows.policies = [];
  knows.isReachable = false;
  await duty.tick(never);
  t.not(stored.entry(ROUTE), undefined);
  knows.isReachable = true;
  await duty.tick(never);
  t.is(stored.entry(ROUTE), undefined);
});

test('a new primary is a new decision with its term', async (t) => {
  const { stored, duty, knows } = aLeader();
  knows.policies = [inForce(database, 4n)];
  await duty.tick(never);
  knows.views = [southIsPrimary];
  await duty.tick(never);
  const [route] = desiredIn(stored);
  t.like(route, { kind: 'database', primary: 'south-2', term: 8n, ready: ['south-2'] });
});

test('a decision that cannot be read is not written over, is told once, and the others go on', async (t) => {
  const { stored, duty, knows, told } = aLeader();
  knows.policies = [inForce(vip, 3n), inForce(database, 4n)];
  stored.put(VIP, '{"format":99}');
  t.not(await duty.tick(never), 0, 'no hurry: nothing but an operator changes it');
  await duty.tick(never);
  t.is(stored.entry(VIP)?.value, '{"format":99}');
  t.not(stored.entry(ROUTE), undefined);
  t.deepEqual(
    told.events.map((event) => [event.subject, event.refusal]),
    [[VIP, 'PreconditionUnmet']],
  );
});

test('a hold keeps a change back and is told when it begins, not on every tick', async (t) => {
  const { stored, duty, told } = await aboutToVeto();
  const hold = { scope: 'vip/south', owner: 'ann', reason: 'maintenance' };
  stored.put(
    holdKey('vip/south'),
    holdRecord.encode({ ...hold, expiresAtMs: Math.round(stored.time.wallMs()) + 5_000 }),
  );
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(unfitIn(stored), []);
  t.deepEqual(
    told.events.map((event) => event.refusal),
    ['OnHold'],
  );
});

test('who comes and who goes is told, but not who was there at the start', async (t) => {
  const { stored, duty, told } = aLeader();
  await duty.tick(never);
  register(stored, 'south-3');
  stored.delete(nodeKey('south-2'));
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(
    told.events.map((event) => `${event.name} ${event.subject}`),
    ['node:presence:appeared south-3', 'node:presence:vanished south-2'],
  );
});

const owns = (stored: AStore, node: string, owner: boolean) => observe(stored, node, 'vip-south', 'ok', { owner });

test('an address that goes to another node is told once', async (t) => {
  const { stored, duty, told } = aLeader();
  owns(stored, 'south-1', true);
  owns(stored, 'south-2', false);
  await duty.tick(never);
  owns(stored, 'south-1', false);
  owns(stored, 'south-2', true);
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(
    told.events.map((event) => event.message),
    ['vip-south went from south-1 to south-2'],
  );
});

test('an owner that died and still stands as owner until its lease ends is told once, and again when it is back', async (t) => {
  const { stored, duty, told } = aLeader();
  owns(stored, 'south-2', true);
  await duty.tick(never);
  owns(stored, 'south-1', true);
  for (let tick = 0; tick < 3; tick += 1) await duty.tick(never);
  stored.delete(observationKey('south-2', 'vip-south'));
  await duty.tick(never);
  owns(stored, 'south-2', true);
  await duty.tick(never);
  t.deepEqual(
    told.events.map((event) => event.message),
    ['vip-south went from south-2 to south-1', 'vip-south went from south-1 to south-2'],
  );
});

test('two owners at the start are no change', async (t) => {
  const { stored, duty, told } = aLeader();
  owns(stored, 'south-1', true);
  owns(stored, 'south-2', true);
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(told.names, []);
});

test('what a probe of another name says about an owner is not about addresses', async (t) => {
  const { stored, duty, told } = aLeader();
  observe(stored, 'south-1', 'disk', 'ok', { owner: true });
  await duty.tick(never);
  observe(stored, 'south-2', 'disk', 'ok', { owner: true });
  await duty.tick(never);
  t.deepEqual(told.names, []);
});

const putOrder = (stored: AStore, kind: 'isolate' | 'return') =>
  stored.put(identityOrderKey('south'), identityOrderRecord.encode({ kind, id: 'o1', by: 'ann', atMs: 1 }));
const routeIn = (stored: AStore) => desiredIn(stored).find((each) => each.kind === 'identity');

test('an order is obeyed once: it goes with the write that obeys it', async (t) => {
  const { stored, duty, knows, told } = aLeader();
  knows.policies = [inForce(identity)];
  observe(stored, 'south-1', 'keystone-local', 'ok');
  await duty.tick(never);
  putOrder(stored, 'isolate');
  const before = stored.revision;
  await duty.tick(never);
  t.like(routeIn(stored), { state: 'isolated', isOrdered: true });
  t.is(stored.entry(identityOrderKey('south')), undefined);
  t.is(stored.revision, before + 1n);
  t.true(told.names.includes('identity:region:isolated'));
  await duty.tick(never);
  t.is(stored.revision, before + 1n);
});

test('an order that is refused goes, with the reason in its place', async (t) => {
  const { stored, duty, knows, told } = aLeader();
  knows.policies = [inForce(identity)];
  await duty.tick(never);
  putOrder(stored, 'return');
  await duty.tick(never);
  t.is(stored.entry(identityOrderKey('south')), undefined);
  const key = identityRefusedOrderKey('south');
  t.like(refusedOrderRecord.decode(key, stored.entry(key)?.value ?? ''), { id: 'o1', code: 'PreconditionUnmet' });
  t.true(told.names.includes('identity:switch:refused'));
});

test('the cooldown counts from the side, not from the last write', async (t) => {
  const { stored, duty, knows } = aLeader();
  const policy = { ...identity, observers: ['south-1'], isolateAfterMs: 0, returnAfterMs: 0, cooldownMs: 10_000 };
  knows.policies = [inForce(policy)];
  for (const node of ['south-1', 'south-2']) observe(stored, node, 'keystone-local', 'ok');
  observe(stored, 'south-1', 'identity-home', 'failed');
  await duty.tick(never);
  t.like(routeIn(stored), { state: 'isolated' });
  await duty.tick(never);
  await stored.time.advance(6_000);
  observe(stored, 'south-1', 'identity-home', 'ok');
  await duty.tick(never);
  t.like(routeIn(stored), { state: 'returning' });
  await stored.time.advance(4_000);
  await duty.tick(never);
  t.like(routeIn(stored), { state: 'home' });
});
