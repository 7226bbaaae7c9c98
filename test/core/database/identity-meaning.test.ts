/** What forgotten rows of an identity database mean for people. */
import test from 'ava';
import { accessConsequences } from '../../../src/core/database/identity-meaning.ts';

const touched = (table: string) => ({ table, inserted: 1, updated: 0, deleted: 0 });

test('each consequence is said once', (t) => {
  const said = accessConsequences([touched('keystone.local_user'), touched('keystone.nonlocal_user')]);
  t.deepEqual(said, ['users are as before: one that was deleted may log in again']);
});

test('revocations, roles and passwords are told apart', (t) => {
  const said = accessConsequences(
    ['revocation_event', 'assignment', 'password'].map((name) => touched(`keystone.${name}`)),
  );
  t.is(said.length, 3);
  t.regex(said[0] ?? '', /tokens that were revoked/);
});

test('a table without meaning says nothing, whatever its name', (t) => {
  t.deepEqual(accessConsequences([touched('regent.heartbeat'), touched('app.constructor')]), []);
});
