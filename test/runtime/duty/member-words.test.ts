/** Who has to look when a member of a database says something of itself. */
import test from 'ava';
import { areMemberWords } from '../../../src/runtime/duty/member-words.ts';
import { databaseMemberKey, databaseOrderKey, databaseStateKey } from '../../../src/store/keys.ts';
import { inBallot } from '../../core/database/a-database.ts';
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
  t.true(duty.wants([word]), 'before its first look');
  putState(stored, { ...steady, primary: 'north-2' });
  server.facts = { ...aLook, readOnly: true, replication: replicating };
  await duty.tick(never);
  t.false(duty.wants([word]));
  t.true(duty.wants([databaseStateKey('keystone')]));
  t.true(duty.wants(undefined));
});

test('who does not open in a switchover needs nothing before it ends; in other ballots everybody takes part', async (t) => {
  const receipt = { node: 'north-2', term: 4n, bootId: 'b', serverInvocation: 'i', atMs: 1 };
  for (const [how, formerPrimary, candidate, wants] of [
    ['closed', 'north-2', 'south-2', false],
    ['closed', NODE, 'south-2', false],
    ['closed', 'north-2', NODE, true],
    ['server-gone', 'north-2', 'south-2', true],
  ] as const) {
    const { duty, stored, server } = aMemberDuty();
    server.facts = { ...aLook, readOnly: true, replication: replicating };
    putState(stored, { ...steady, primary: 'north-2' });
    await duty.tick(never);
    putState(stored, inBallot('drain', { formerPrimary, candidate, receipt: { ...receipt, how } }));
    t.is(duty.wants([databaseStateKey('keystone')]), wants, `${how} ${formerPrimary} ${candidate}`);
  }
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
    t.true(duty.wants([word]), `${primary} ${replication === null}`);
  }
});
