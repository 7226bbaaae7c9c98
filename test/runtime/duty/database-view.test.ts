/** What the global store says about one database, and what happens when it cannot be read. */
import test from 'ava';
import { readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { databaseMemberKey } from '../../../src/store/keys.ts';
import {
  aMember,
  DATABASE,
  NODE,
  ownKey,
  PRIMARY_KEY,
  putMember,
  putPrimary,
  putState,
  STATE_KEY,
  steady,
} from './a-database.ts';
import { AStore } from './a-store.ts';

const read = (stored: AStore) => readDatabase(DATABASE, stored.cluster.state.list('/'));

test('a store without the database has nothing', (t) => {
  t.deepEqual(read(new AStore()), {
    state: undefined,
    stateRevision: 0n,
    primary: undefined,
    primaryCreateRevision: 0n,
    primaryRevision: 0n,
    members: [],
    order: undefined,
    orderRevision: 0n,
    malformedOrder: undefined,
    rebuilds: [],
    malformed: undefined,
  });
});

test('a value that another mirror brings again is not read again; another value is', (t) => {
  const stored = new AStore();
  putState(stored, { ...steady, term: 6n });
  const again = () => stored.cluster.state.list('/').map((entry) => ({ ...entry }));
  const first = readDatabase(DATABASE, again()).state;
  t.is(readDatabase(DATABASE, again()).state, first);
  putState(stored, { ...steady, term: 7n });
  t.is(readDatabase(DATABASE, again()).state?.term, 7n);
});

test('state, primary and members are read with their revisions', (t) => {
  const stored = new AStore();
  putState(stored, { ...steady, term: 6n });
  const created = putPrimary(stored, { ...ownKey, term: 6n });
  const primaryRevision = putPrimary(stored, ownKey);
  const stateRevision = putState(stored, steady);
  putMember(stored, aMember(NODE));
  putMember(stored, aMember('south-2'));
  const view = read(stored);
  t.deepEqual(view.state, steady);
  t.deepEqual(view.primary, ownKey);
  t.deepEqual(
    view.members.map((member) => member.node),
    ['north-3', 'south-2'],
  );
  t.deepEqual(
    [view.stateRevision, view.primaryCreateRevision, view.primaryRevision],
    [stateRevision, created, primaryRevision],
  );
  t.is(view.malformed, undefined);
});

test('other databases, also with a longer name, and other keys are passed over', (t) => {
  const stored = new AStore();
  stored.put('/regent/v1/databases/keystone2/state', 'broken');
  stored.put('/regent/v1/databases/nova/primary', 'broken');
  stored.put('/regent/v1/databases/keystone/unknown', 'broken');
  stored.put('/regent/v1/accepted/keystone', 'broken');
  t.is(read(stored).malformed, undefined);
});

const malformed = test.macro((t, key: string) => {
  const stored = new AStore();
  putState(stored, steady);
  putPrimary(stored, ownKey);
  putMember(stored, aMember(NODE));
  const revision = stored.put(key, '{"format":99}');
  const view = read(stored);
  t.is(view.malformed?.key, key);
  t.is(view.malformed?.code, 'Malformed');
  if (key === STATE_KEY) t.is(view.stateRevision, revision);
  if (key === PRIMARY_KEY) t.is(view.primaryRevision, revision);
});

test('a state that cannot be read makes the view malformed', malformed, STATE_KEY);
test('a primary key that cannot be read makes the view malformed', malformed, PRIMARY_KEY);
test('a member that cannot be read makes the view malformed', malformed, databaseMemberKey(DATABASE, 'south-2'));
