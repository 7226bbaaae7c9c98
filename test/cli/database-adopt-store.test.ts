/** A store that went back is shown beside what the members have seen, and adopted by one guarded write. */
import test from 'ava';
import { databaseStateRecord } from '../../src/store/database-records.ts';
import * as keys from '../../src/store/keys.ts';
import { type Cloud, healthyCloud, putMember } from './a-cloud.ts';

const STATE = keys.databaseStateKey('keystone');

/** The store says term 4, some members have seen 9, and every server is closed. */
function cloudWithOldStore(northTwoSaw: bigint | null = 9n): Cloud {
  const cloud = healthyCloud();
  const seen = { 'north-3': 9n, 'north-2': northTwoSaw, 'south-2': 7n };
  for (const [node, seenTerm] of Object.entries(seen)) {
    const closed = { readOnly: true, follows: null, seenTerm };
    putMember(cloud, node, node.split('-')[0] ?? '', closed as never);
  }
  cloud.delete(cloud.global, keys.databasePrimaryKey('keystone'));
  return cloud;
}

const stateIn = (cloud: Cloud) => databaseStateRecord.decode(STATE, cloud.global.state.get(STATE)?.value ?? '');

test('a dry run names the terms on both sides and changes nothing', async (t) => {
  const cloud = cloudWithOldStore();
  const { code, out, err } = await cloud.run('database', 'adopt-store', '--primary', 'north-2', '--dry-run');
  t.is(code, 0, err);
  t.regex(out, /the store +term 4 +names north-3 the primary/);
  t.regex(out, /south-2 +has seen term 7 +its server is closed/);
  t.regex(out, /it would go on with term 10: a ballot follows, with north-2 as the last primary/);
  t.is(stateIn(cloud).term, 4n);
});

test('the store is adopted above every term that was seen', async (t) => {
  const cloud = cloudWithOldStore();
  const { code, err } = await cloud.run('database', 'adopt-store', '--primary', 'north-2');
  t.is(code, 0, err);
  t.like(stateIn(cloud), {
    term: 10n,
    primary: 'north-2',
    phase: 'ballot',
    unacknowledgedAtProof: null,
    electable: [],
  });
});

test('it is refused with every reason, and for machines with the terms', async (t) => {
  const cloud = cloudWithOldStore(null);
  const { code, out } = await cloud.run('database', 'adopt-store', '--json');
  t.is(code, 3);
  const [given] = out.split('\n').map((line) => (line === '' ? undefined : JSON.parse(line)));
  t.like(given, {
    storeTerm: '4',
    highestTerm: '9',
    outcome: 'refused',
    seenTerms: { 'north-3': '9', 'south-2': '7' },
  });
  t.deepEqual(
    given.refusals.map((each: { code: string }) => each.code),
    ['AgentAway', 'PrimaryUnknown'],
  );
  t.is(stateIn(cloud).term, 4n);
});
