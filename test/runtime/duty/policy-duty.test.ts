/** Policies that operators have put, by whatever hand, and what becomes of them in the store. */
import test from 'ava';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { PolicyDuty } from '../../../src/runtime/duty/policy-duty.ts';
import {
  acceptedKey,
  databasePrimaryKey,
  databaseStateKey,
  leaderKey,
  nodeKey,
  observationKey,
  policyKey,
  prefixes,
  regionKey,
  rejectedKey,
} from '../../../src/store/keys.ts';
import { acceptedRecord, nodeRecord, regionRecord, rejectedRecord } from '../../../src/store/schema.ts';
import { DATABASE, IDENTITY, northNodes, policyOf, southNodes, VIP } from '../../policy/a-world.ts';
import { ALeadership, AStore, AView, never, Told } from './a-store.ts';

const BROKEN = VIP.replace('host0', '"a b"');

function aWatch(scope: 'regional' | 'global' = 'regional') {
  const stored = new AStore();
  const view = new AView(stored);
  const told = new Told();
  const leadership = new ALeadership(stored, leaderKey());
  const knows: { databases: readonly DatabaseFailover[] | undefined; isManaged: boolean } = {
    databases: [policyOf<DatabaseFailover>(DATABASE)],
    isManaged: false,
  };
  const duty = new PolicyDuty({
    store: stored.store,
    view,
    leadership,
    scope,
    region: scope === 'global' ? undefined : 'south',
    databases: () => knows.databases,
    isManaged: () => knows.isManaged,
    globalStoreSites: 3,
    record: told.record,
  });
  for (const { node, ...rest } of scope === 'global' ? [...northNodes, ...southNodes] : southNodes)
    stored.put(nodeKey(node), nodeRecord.encode({ ...rest, version: '1', bootId: 'b', http: null }));
  return { stored, view, told, leadership, knows, duty };
}

const put = (stored: AStore, name: string, text: string) => stored.put(policyKey(name), text);
const accepted = (stored: AStore, name: string) => {
  const entry = stored.entry(acceptedKey(name));
  return entry === undefined ? undefined : acceptedRecord.decode(entry.key, entry.value);
};
const rejected = (stored: AStore, name: string) => {
  const entry = stored.entry(rejectedKey(name));
  return entry === undefined ? undefined : rejectedRecord.decode(entry.key, entry.value);
};

/** A policy in force. */
async function inForce() {
  const world = aWatch();
  const revision = put(world.stored, 'vip', VIP);
  await world.duty.tick(never);
  world.told.events.length = 0;
  return { ...world, revision };
}

test('a good text comes into force with its revision, which is told', async (t) => {
  const { stored, duty, told } = aWatch();
  const revision = put(stored, 'vip', VIP);
  t.is(await duty.tick(never), 0);
  t.deepEqual(accepted(stored, 'vip'), { text: VIP, revision, isRetired: false });
  t.is(rejected(stored, 'vip'), undefined);
  t.deepEqual(told.names, ['policy:text:accepted']);
});

test('without a change nothing is written', async (t) => {
  const { stored, duty, told } = await inForce();
  put(stored, 'other', BROKEN);
  await duty.tick(never);
  const before = stored.revision;
  const events = told.events.length;
  t.is(await duty.tick(never), undefined);
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before);
  t.is(told.events.length, events);
});

test('a bad text that was put by hand is rejected with reasons, and the last good one stays', async (t) => {
  const { stored, duty, told, revision } = await inForce();
  const bad = put(stored, 'vip', BROKEN);
  await duty.tick(never);
  t.deepEqual(accepted(stored, 'vip'), { text: VIP, revision, isRetired: false });
  const verdict = rejected(stored, 'vip');
  t.is(verdict?.revision, bad);
  t.deepEqual(
    verdict?.problems.map((problem) => problem.field),
    ['interface'],
  );
  t.true(verdict?.problems.every(({ message, remedy }) => message !== '' && remedy !== ''));
  t.deepEqual(told.names, ['policy:text:rejected']);
});

test('a text that is no YAML at all is rejected, and nothing else suffers', async (t) => {
  const { stored, duty } = aWatch();
  put(stored, 'junk', '{{{');
  put(stored, 'vip', VIP);
  await duty.tick(never);
  t.not(rejected(stored, 'junk'), undefined);
  t.not(accepted(stored, 'vip'), undefined);
});

test('a text that was repaired is accepted, and its old verdict goes', async (t) => {
  const { stored, duty } = await inForce();
  put(stored, 'vip', BROKEN);
  await duty.tick(never);
  const revision = put(stored, 'vip', `${VIP}fitAgainAfter: 20s\n`);
  await duty.tick(never);
  t.is(accepted(stored, 'vip')?.revision, revision);
  t.is(rejected(stored, 'vip'), undefined);
});

test('a policy that is deleted goes with its verdicts, which is told', async (t) => {
  const { stored, duty, told } = await inForce();
  put(stored, 'vip', BROKEN);
  await duty.tick(never);
  told.events.length = 0;
  stored.delete(policyKey('vip'));
  await duty.tick(never);
  t.deepEqual([...stored.keys(prefixes.accepted), ...stored.keys(prefixes.rejected)], []);
  t.deepEqual(told.names, ['policy:text:removed']);
});

test('whoever was deposed and does not know it writes and tells nothing', async (t) => {
  const { stored, duty, leadership, told } = aWatch();
  put(stored, 'vip', VIP);
  leadership.depose();
  const before = stored.revision;
  await duty.tick(never);
  t.is(stored.revision, before);
  t.deepEqual(told.names, []);
});

test('whoever does not lead does not even ask', async (t) => {
  const { stored, duty, leadership } = aWatch();
  put(stored, 'vip', VIP);
  leadership.stepDown();
  stored.loses = 'requests';
  t.is(await duty.tick(never), undefined);
});

test('nothing is judged while the store is away', async (t) => {
  const { stored, duty, view } = aWatch();
  put(stored, 'vip', VIP);
  view.awayMs = 1;
  const before = stored.revision;
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before);
});

/** The store changes after it was read. */
const isOvertaken = test.macro(async (t, before: (stored: AStore) => void, meanwhile: (stored: AStore) => void) => {
  const { stored, duty, view, told } = await inForce();
  before(stored);
  view.freeze();
  meanwhile(stored);
  const revision = stored.revision;
  t.is(await duty.tick(never), 0);
  t.is(stored.revision, revision);
  t.deepEqual(told.names, []);
});
const edit = (stored: AStore) => void put(stored, 'vip', `${VIP}fitAgainAfter: 20s\n`);
const breakIt = (stored: AStore) => void put(stored, 'vip', BROKEN);
const drop = (stored: AStore) => stored.delete(policyKey('vip'));

test('an edit that was edited again meanwhile is not accepted', isOvertaken, edit, breakIt);
test('a bad edit that was repaired meanwhile is not rejected', isOvertaken, breakIt, edit);
test('an edit that was deleted meanwhile is not accepted', isOvertaken, edit, drop);
test('a policy that was put again meanwhile is not removed', isOvertaken, drop, edit);
test('a verdict that another hand has written meanwhile is not replaced', isOvertaken, edit, (stored: AStore) => {
  stored.put(acceptedKey('vip'), acceptedRecord.encode({ text: VIP, revision: 1n, isRetired: false }));
});

const UNREADABLE = [
  ['in a record of another format', '{"format":99}'],
  [
    'with a text of another version',
    acceptedRecord.encode({ text: 'apiVersion: regent/v9\n', revision: 1n, isRetired: false }),
  ],
] as const;
for (const [how, value] of UNREADABLE) {
  test(`what is in force ${how} goes with its text`, async (t) => {
    const { stored, duty } = aWatch();
    stored.put(acceptedKey('vip'), value);
    await duty.tick(never);
    t.is(stored.entry(acceptedKey('vip')), undefined);
  });
}

test('what is in force with a text of another version stays while its text is there', async (t) => {
  const { stored, duty } = aWatch();
  const text = 'apiVersion: regent/v9\n';
  const revision = put(stored, 'vip', text);
  const value = acceptedRecord.encode({ text, revision, isRetired: false });
  stored.put(acceptedKey('vip'), value);
  await duty.tick(never);
  t.is(stored.entry(acceptedKey('vip'))?.value, value);
});

test('a refusal that cannot be read is written again', async (t) => {
  const { stored, duty } = aWatch();
  const revision = put(stored, 'vip', BROKEN);
  stored.put(rejectedKey('vip'), 'broken');
  await duty.tick(never);
  t.is(rejected(stored, 'vip')?.revision, revision);
});

test('a node that registers makes good what lacked it', async (t) => {
  const { stored, duty } = aWatch();
  const missing = southNodes[0]?.node ?? '';
  const record = stored.entry(nodeKey(missing))?.value ?? '';
  stored.delete(nodeKey(missing));
  put(stored, 'vip', VIP);
  await duty.tick(never);
  t.is(accepted(stored, 'vip'), undefined);
  stored.put(nodeKey(missing), record);
  await duty.tick(never);
  t.not(accepted(stored, 'vip'), undefined);
});

test('a node whose record cannot be read counts as not registered', async (t) => {
  const { stored, duty } = aWatch();
  stored.put(nodeKey('south-1'), 'broken');
  put(stored, 'vip', VIP);
  await duty.tick(never);
  t.is(accepted(stored, 'vip'), undefined);
});

test("an identity's policy waits until the databases' policies are known", async (t) => {
  const { stored, duty, knows } = aWatch();
  knows.databases = [];
  put(stored, 'identity', IDENTITY);
  await duty.tick(never);
  t.deepEqual(
    rejected(stored, 'identity')?.problems.map((problem) => problem.field),
    ['database'],
  );
  knows.databases = [policyOf<DatabaseFailover>(DATABASE)];
  await duty.tick(never);
  t.not(accepted(stored, 'identity'), undefined);
});

test('a text in the wrong store is rejected', async (t) => {
  const { stored, duty } = aWatch('global');
  put(stored, 'vip', VIP);
  put(stored, 'keystone', DATABASE);
  await duty.tick(never);
  t.not(rejected(stored, 'vip'), undefined);
  t.not(accepted(stored, 'keystone'), undefined);
});

test('the global store knows a region by its leader as well', async (t) => {
  const { stored, duty } = aWatch('global');
  stored.put(regionKey('west'), regionRecord.encode({ leader: 'west-1', epoch: 1n }));
  put(stored, 'keystone', DATABASE.replace('north-2, region: north', 'west-2, region: west'));
  await duty.tick(never);
  const fields = rejected(stored, 'keystone')?.problems.map((problem) => problem.field) ?? [];
  t.false(fields.includes('members[1].region'));
});

test('more texts than one transaction takes come into force one after the other', async (t) => {
  const { stored, duty } = aWatch();
  const names = Array.from({ length: 70 }, (_, index) => `vip${index}`);
  for (const [index, name] of names.entries()) {
    const text = VIP.replace('name: vip', `name: ${name}`)
      .replace('198.51.100.10/', `198.51.100.${100 + index}/`)
      .replace('virtualRouterId: 51', `virtualRouterId: ${index + 1}`);
    put(stored, name, text);
  }
  await duty.tick(never);
  t.is(stored.keys(prefixes.accepted).length, 60);
  await duty.tick(never);
  t.is(stored.keys(prefixes.accepted).length, 70);
  t.deepEqual(stored.keys(prefixes.rejected), []);
});

test("a database's policy whose text was deleted stays, retired, until nobody has its primary's right any more", async (t) => {
  const { stored, duty, told, knows } = aWatch('global');
  const revision = put(stored, 'keystone', DATABASE);
  await duty.tick(never);
  told.events.length = 0;
  knows.isManaged = true;
  stored.delete(policyKey('keystone'));
  t.is(await duty.tick(never), 0);
  t.deepEqual(accepted(stored, 'keystone'), { text: DATABASE, revision, isRetired: true });
  const before = stored.revision;
  t.is(await duty.tick(never), undefined);
  t.is(stored.revision, before, 'once');
  knows.isManaged = false;
  await duty.tick(never);
  t.is(accepted(stored, 'keystone'), undefined);
  t.deepEqual(told.names, ['policy:text:removed']);
});

/** A database's policy whose text is gone, while somebody has the right of its primary. */
async function retired() {
  const world = aWatch('global');
  put(world.stored, 'keystone', DATABASE);
  await world.duty.tick(never);
  world.knows.isManaged = true;
  world.stored.delete(policyKey('keystone'));
  await world.duty.tick(never);
  return world;
}

test('a text that comes back ends the retirement', async (t) => {
  const { stored, duty } = await retired();
  const revision = put(stored, 'keystone', DATABASE);
  await duty.tick(never);
  t.deepEqual(accepted(stored, 'keystone'), { text: DATABASE, revision, isRetired: false });
});

test('only what a verdict depends on makes it judge again', (t) => {
  const { duty } = aWatch('global');
  for (const key of [policyKey('a'), acceptedKey('a'), rejectedKey('a'), nodeKey('n'), regionKey('r')])
    t.true(duty.wants([observationKey('n', 'p'), key]), key);
  t.true(duty.wants(undefined), 'anything may have changed');
  t.false(duty.wants([observationKey('n', 'p'), databaseStateKey('d'), databasePrimaryKey('d'), 'another']));
});

test('a retired policy is judged again when the right of its primary goes', async (t) => {
  const { duty, knows } = await retired();
  t.true(duty.wants([databasePrimaryKey('keystone')]));
  t.false(duty.wants([databaseStateKey('keystone')]));
  knows.isManaged = false;
  await duty.tick(never);
  t.false(duty.wants([databasePrimaryKey('keystone')]));
});
