import test from 'ava';
import * as keys from '../../src/store/keys.ts';

const PATHS: readonly (readonly [string, keys.KeyName, Record<string, string>, string])[] = [
  [keys.policyKey('vip'), 'policy', { name: 'vip' }, '/regent/v1/policies/vip'],
  [keys.acceptedKey('vip'), 'accepted', { name: 'vip' }, '/regent/v1/accepted/vip'],
  [keys.rejectedKey('vip'), 'rejected', { name: 'vip' }, '/regent/v1/rejected/vip'],
  [keys.nodeKey('north-1'), 'node', { node: 'north-1' }, '/regent/v1/nodes/north-1'],
  [keys.observationKey('n.1', 'db'), 'observation', { node: 'n.1', probe: 'db' }, '/regent/v1/observations/n.1/db'],
  [keys.leaderKey(), 'leader', {}, '/regent/v1/leader/current'],
  [keys.desiredKey('database', 'k'), 'desired', { kind: 'database', name: 'k' }, '/regent/v1/desired/database/k'],
  [keys.appliedKey('n', 'vip', 'a'), 'applied', { node: 'n', kind: 'vip', name: 'a' }, '/regent/v1/applied/n/vip/a'],
  [keys.holdKey('region'), 'hold', { scope: 'region' }, '/regent/v1/holds/region'],
  [keys.holdKey('database/k'), 'hold', { scope: 'database/k' }, '/regent/v1/holds/database/k'],
  [keys.eventKey('01J'), 'event', { id: '01J' }, '/regent/v1/events/01J'],
  [keys.regionKey('north'), 'region', { region: 'north' }, '/regent/v1/regions/north'],
  [keys.arbiterKey(), 'arbiter', {}, '/regent/v1/arbiter/current'],
  [keys.databaseStateKey('k'), 'databaseState', { database: 'k' }, '/regent/v1/databases/k/state'],
  [keys.databasePrimaryKey('k'), 'databasePrimary', { database: 'k' }, '/regent/v1/databases/k/primary'],
];

for (const [path, name, parts, expected] of PATHS) {
  test(`the path ${expected} is built, and parsed to what it was built from`, (t) => {
    t.is(path, expected);
    t.deepEqual(keys.parseKey(path), { name, parts });
  });
}

for (const name of ['', 'a/b', '../a', 'a b', '-a', '.', 'ü']) {
  test(`the name ${JSON.stringify(name)} cannot become part of a key`, (t) => {
    t.throws(() => keys.nodeKey(name), { instanceOf: RangeError });
    t.throws(() => keys.observationsPrefix(name), { instanceOf: RangeError });
  });
}

for (const path of [
  '/other/v1/nodes/a',
  '/regent/v1/nodes/a/b',
  '/regent/v1/nodes/',
  '/regent/v1/leader/x',
  '/regent/v2/nodes/a',
]) {
  test(`the path ${path} is nobody's`, (t) => {
    t.is(keys.parseKey(path), undefined);
  });
}

test('a key is of the row that it parses as, and of no other', (t) => {
  const path = keys.databaseMemberKey('keystone', 'db-north-1');
  t.true(keys.isKeyOf('databaseMember', path));
  t.false(keys.isKeyOf('databaseRebuild', path));
  t.false(keys.isKeyOf('databaseMember', `${path}/more`));
});

test('every prefix ends with a slash, so that no name takes a longer one along', (t) => {
  for (const prefix of [...Object.values(keys.prefixes), keys.appliedPrefix('a'), keys.desiredPrefix('a')]) {
    t.true(prefix.startsWith('/regent/v1/') && prefix.endsWith('/'), prefix);
  }
});
