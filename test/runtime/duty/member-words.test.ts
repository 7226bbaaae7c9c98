/** Who has to look when a member of a database says something of itself. */
import test from 'ava';
import { areMemberWords } from '../../../src/runtime/duty/member-words.ts';
import { databaseMemberKey, databaseOrderKey, databaseStateKey } from '../../../src/store/keys.ts';
import { NODE, putState, steady } from './a-database.ts';
import { aMemberDuty } from './a-member.ts';
import { aLook, replicating } from './a-server.ts';

const word = databaseMemberKey('keystone', 'north-2');
const never = new AbortController().signal;

test('only what the members say of themselves can wait', (t) => {
  t.true(areMemberWords([word, databaseMemberKey('keystone', 'north-3')]));
  t.false(areMemberWords([word, databaseStateKey('keystone')]));
  t.false(areMemberWords([databaseOrderKey('keystone')]));
  t.false(areMemberWords(undefined), 'anything may have changed');
});

test('a replica that has its source needs it no sooner than at its next round', async (t) => {
  const { duty, stored, server } = aMemberDuty();
  t.true(duty.needsMembers, 'before its first look');
  putState(stored, { ...steady, primary: 'north-2' });
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  await duty.tick(never);
  t.false(duty.needsMembers);
});

test('a primary, and a former one that waits until nobody follows it, look at once', async (t) => {
  for (const [primary, replication] of [
    [NODE, replicating],
    [NODE, null],
    ['north-2', null],
  ] as const) {
    const { duty, stored, server } = aMemberDuty();
    putState(stored, { ...steady, primary });
    server.facts = { ...aLook, readOnly: true, replication };
    await duty.tick(never).catch(() => undefined);
    t.true(duty.needsMembers, `${primary} ${replication === null}`);
  }
});
