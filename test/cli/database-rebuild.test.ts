/** The operator's side of a rebuild: refusals with their remedy, the order, following it, and ending it. */
import test from 'ava';
import type { RebuildOrder } from '../../src/core/database/rebuild-order.ts';
import type { MemberRecord } from '../../src/core/database/state.ts';
import { memberRecord, rebuildRecord } from '../../src/store/database-records.ts';
import { databaseMemberKey, databaseRebuildKey, holdKey } from '../../src/store/keys.ts';
import { holdRecord } from '../../src/store/schema.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

/** A healthy cloud's replica in south, of the primary north-3. */
const NODE = 'south-2';
const KEY = databaseRebuildKey('keystone', NODE);

function putMember(cloud: Cloud, difference: Partial<MemberRecord>): void {
  const key = databaseMemberKey('keystone', NODE);
  const entry = cloud.global.state.get(key);
  const record = memberRecord.decode(key, entry?.value ?? '');
  cloud.put(cloud.global, key, memberRecord.encode({ ...record, ...difference }));
}

function quarantined(): Cloud {
  const cloud = healthyCloud();
  putMember(cloud, { quarantined: true, follows: null });
  return cloud;
}

function orderIn(cloud: Cloud): RebuildOrder | undefined {
  const entry = cloud.global.state.get(KEY);
  return entry === undefined ? undefined : rebuildRecord.decode(KEY, entry.value);
}

/** The agent of the node: as soon as there is an order, it goes through these phases. */
function agent(cloud: Cloud, ...phases: readonly Partial<RebuildOrder>[]): void {
  const left = [...phases];
  const work = (): void => {
    const order = orderIn(cloud);
    const next = order === undefined ? undefined : left.shift();
    if (order !== undefined && next !== undefined)
      cloud.put(cloud.global, KEY, rebuildRecord.encode({ ...order, ...next }));
    if (left.length > 0) cloud.time.after(1_500, work);
  };
  cloud.time.after(100, work);
}

test('a quarantined replica is ordered and followed to its end', async (t) => {
  const cloud = quarantined();
  agent(
    cloud,
    { phase: 'receive', bytes: 5 * 2 ** 20, totalBytes: 20 * 2 ** 20 },
    { phase: 'join' },
    { phase: 'done', detail: 'kept' },
  );
  const { code, out, err } = await cloud.run('database', 'rebuild', NODE);
  t.is(code, 0, err);
  t.regex(out, /ordered, from/);
  t.regex(out, /receiving a copy: 5.0 MiB of about 20.0 MiB/);
  t.regex(out, /waiting until it follows/);
  t.regex(out, /done; kept/);
  t.like(orderIn(cloud), { kind: 'rebuild', term: 4n, isForced: false, discardsOld: false });
});

test('machines get one value', async (t) => {
  const cloud = quarantined();
  agent(cloud, { phase: 'undone', detail: 'a step failed' });
  const { code, out } = await cloud.run('--json', 'database', 'rebuild', NODE);
  t.is(code, 3);
  t.like(JSON.parse(out), { node: NODE, outcome: 'undone', detail: 'a step failed' });
});

const refused = test.macro({
  exec: async (t, prepare: (cloud: Cloud) => void, argv: readonly string[], why: RegExp) => {
    const cloud = healthyCloud();
    prepare(cloud);
    const { code, err } = await cloud.run('database', 'rebuild', ...argv);
    t.is(code, 3);
    t.regex(err, why);
    t.is(orderIn(cloud), undefined);
  },
  title: (name) => `refused: ${name}`,
});
const hold = holdRecord.encode({ scope: 'database/keystone', owner: 'ada', reason: 'upgrade', expiresAtMs: 9e12 });
test('the primary', refused, () => {}, ['north-3'], /IsPrimary: north-3 is the primary; .*name a replica/);
test('a replica that works', refused, () => {}, [NODE], /NodeWorks: .*--yes/);
test('no member', refused, () => {}, ['north-9'], /NotAMember: .*name one of/);
test(
  'an operator holds it',
  refused,
  (cloud) => cloud.put(cloud.global, holdKey('database/keystone'), hold),
  [NODE, '--yes'],
  /OnHold: ada holds/,
);
test('a bad source', refused, () => {}, [NODE, '--yes', '--from', 'north-9'], /SourceNotClean: north-9 is no member/);
test('nothing to end', refused, () => {}, [NODE, '--abort'], /no rebuild of south-2 is under way/);

test('a dry run is asked of the node and changes nothing', async (t) => {
  const cloud = quarantined();
  agent(cloud, { phase: 'done', detail: 'it could be done' });
  const { code, out } = await cloud.run('database', 'rebuild', NODE, '--dry-run');
  t.is(code, 0);
  t.is(orderIn(cloud)?.kind, 'check');
  t.regex(out, /it could be done/);
});

test('old data of a replica that works is discarded without a rebuild', async (t) => {
  const cloud = healthyCloud();
  agent(cloud, { phase: 'done', detail: 'removed' });
  t.is((await cloud.run('database', 'rebuild', NODE, '--discard-old')).code, 0);
  t.is(orderIn(cloud)?.kind, 'discard');
});

test('also of the one that commits wait for', async (t) => {
  const cloud = healthyCloud();
  const key = databaseRebuildKey('keystone', 'north-2');
  cloud.time.after(100, () => {
    const entry = cloud.global.state.get(key);
    const order = rebuildRecord.decode(key, entry?.value ?? '');
    t.is(order.kind, 'discard');
    cloud.put(cloud.global, key, rebuildRecord.encode({ ...order, phase: 'done' }));
  });
  t.is((await cloud.run('database', 'rebuild', 'north-2', '--discard-old')).code, 0);
});

test('an agent that does not take the order loses it again', async (t) => {
  const cloud = quarantined();
  const { code, err } = await cloud.run('database', 'rebuild', NODE);
  t.is(code, 6);
  t.regex(err, /did not take the order within 15 s; it was withdrawn/);
  t.is(orderIn(cloud), undefined);
});

test('ending the command leaves the rebuild; the next one follows it, and --abort ends it', async (t) => {
  const cloud = quarantined();
  agent(cloud, { phase: 'receive' });
  const { ran, ended } = cloud.begin('database', 'rebuild', NODE);
  await cloud.time.until(() => ran.out.includes('receiving'));
  cloud.interrupt.abort();
  await ended;
  t.is(ran.code, 6);
  t.regex(ran.err, /it goes on/);
  const { id } = orderIn(cloud) ?? {};
  const again = quarantined();
  again.put(again.global, KEY, rebuildRecord.encode(orderIn(cloud) as RebuildOrder));
  agent(again, { phase: 'done' });
  t.regex((await again.run('database', 'rebuild', NODE)).out, /under way already; following it/);
  t.is(orderIn(again)?.id, id);
  const third = quarantined();
  third.put(third.global, KEY, rebuildRecord.encode(orderIn(cloud) as RebuildOrder));
  agent(third, { phase: 'undone' });
  const aborted = await third.run('database', 'rebuild', NODE, '--abort');
  t.is(aborted.code, 0);
  t.true(orderIn(third)?.isCancelled);
});

test('a database is named when the node is a member of none', async (t) => {
  const { code, err } = await healthyCloud().run('database', 'rebuild', NODE, '--database', 'other');
  t.is(code, 2);
  t.regex(err, /there is no database other \(in force: keystone\)/);
});

test('status shows a member that is being rebuilt', async (t) => {
  const cloud = quarantined();
  putMember(cloud, { quarantined: true, follows: null, rebuilding: true });
  t.regex((await cloud.run('status')).out, /south-2 gets a copy of another member's data/);
});
