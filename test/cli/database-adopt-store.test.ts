/** A store that went back is shown beside what the members have seen, and adopted by one guarded write. */
import test from 'ava';
import { databaseStateRecord } from '../../src/store/database-records.ts';
import * as keys from '../../src/store/keys.ts';
import { type Cloud, healthyCloud, putMember } from './a-cloud.ts';

const STATE = keys.databaseStateKey('keystone');
const AGENTS = {
  'north-3': 'http://192.0.2.13:9464',
  'north-2': 'http://192.0.2.12:9464',
  'south-2': 'http://198.51.100.12:9999',
};

/** The store says term 4, north-3 and north-2 have seen 9, and every server is closed. */
function cloudWithOldStore(seen: Record<string, string | null> = { 'north-3': '9', 'north-2': '9', 'south-2': '7' }) {
  const cloud = healthyCloud();
  for (const [node, url] of Object.entries(AGENTS)) {
    const keystone = { serverUp: true, readOnly: true, lagSeconds: null, highestTerm: seen[node] ?? null };
    cloud.agents.set(`${url}/status`, JSON.stringify({ node, version: '1', databases: { keystone } }));
    putMember(cloud, node, node.split('-')[0] ?? '', { readOnly: true, follows: null } as never);
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
  t.like(stateIn(cloud), { term: 10n, primary: 'north-2', phase: 'ballot', acker: null, electable: [] });
});

test('it is refused with every reason, and for machines with the terms', async (t) => {
  const cloud = cloudWithOldStore({ 'north-3': '9', 'north-2': null, 'south-2': '7' });
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
