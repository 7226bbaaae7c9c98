import test from 'ava';
import type { Ballot, DatabaseState } from '../../src/core/database/state.ts';
import { decideDatabase, knownPrimary, routedTo } from '../../src/core/database-route.ts';
import type { DesiredDatabase } from '../../src/core/desired.ts';
import type { SeenObservation } from '../../src/core/observation.ts';
import { aSnapshot, database, inForce, northIsPrimary, saw, southIsPrimary, standing } from './a-region.ts';
import { aBallot, aReceipt, aState } from './database/a-database.ts';

const followed: DesiredDatabase = {
  kind: 'database',
  name: 'keystone',
  primary: 'north-3',
  region: 'north',
  term: 7n,
  lossyTerm: 0n,
  isBehind: false,
  backend: 'database',
  ready: ['south-2', 'south-3'],
};

const routes = test.macro((t, region: string, says: readonly SeenObservation[], ready: readonly string[]) => {
  const verdict = decideDatabase(
    inForce(database),
    { view: northIsPrimary, stale: undefined },
    { region, observations: says },
  );
  t.deepEqual(verdict.desired, { ...followed, ready });
});

const down = (node: string) => saw(node, 'mariadb', 'failed');
const quarantined = (node: string) => saw(node, 'mariadb', 'ok', 0, { quarantined: true });

test('in the region of the primary the primary alone takes traffic', routes, 'north', [], ['north-3']);
test(
  'a primary that looks failed still takes the traffic: who is the primary is not decided here',
  routes,
  'north',
  [down('north-3')],
  ['north-3'],
);
test('elsewhere the local replicas take it', routes, 'south', [], ['south-2', 'south-3']);
test('a replica that is down is left out', routes, 'south', [down('south-2')], ['south-3']);
test(
  'a replica that nobody can look at is not left out',
  routes,
  'south',
  [saw('south-2', 'mariadb', 'unknown')],
  ['south-2', 'south-3'],
);
test('a quarantined replica is left out', routes, 'south', [quarantined('south-3')], ['south-2']);
test(
  'replicas that are all down stay: there is nothing better',
  routes,
  'south',
  [down('south-2'), down('south-3')],
  ['south-2', 'south-3'],
);
test(
  'a quarantined replica is not used even if the others are down',
  routes,
  'south',
  [down('south-2'), quarantined('south-3')],
  ['south-2'],
);
test(
  'with all local replicas quarantined the primary takes the traffic',
  routes,
  'south',
  [quarantined('south-2'), quarantined('south-3')],
  ['north-3'],
);
test('data that are older than the policy allows are said to be', (t) => {
  const decide = (health: 'ok' | 'degraded') =>
    decideDatabase(
      inForce(database),
      { view: northIsPrimary, stale: undefined },
      { region: 'south', observations: [saw('south-2', 'replica-age', health)] },
    );
  t.like(decide('degraded').desired, { isBehind: true });
  t.like(decide('ok').desired, { isBehind: false });
});
test('a region without members uses the primary', routes, 'west', [], ['north-3']);

test('a database that was never known is left alone', (t) => {
  const known = knownPrimary('keystone', aSnapshot({ databases: [] }));
  t.deepEqual(known, { view: undefined, stale: undefined });
  t.is(decideDatabase(inForce(database), known, aSnapshot()).desired, undefined);
});

test('while the global store says nothing, the route in force is what is known', (t) => {
  const known = knownPrimary('keystone', aSnapshot({ databases: [], desired: [standing(followed)] }));
  t.deepEqual(known, { view: northIsPrimary, stale: undefined });
});

test('a newer term is followed', (t) => {
  const known = knownPrimary('keystone', aSnapshot({ databases: [southIsPrimary], desired: [standing(followed)] }));
  t.deepEqual(known, { view: southIsPrimary, stale: undefined });
});

test('another primary of the same term is followed: a ballot counts the term up before it chooses', (t) => {
  const told = { ...southIsPrimary, term: 7n };
  const known = knownPrimary('keystone', aSnapshot({ databases: [told], desired: [standing(followed)] }));
  t.deepEqual(known, { view: told, stale: undefined });
});

test('an older term is refused and the route in force stays', (t) => {
  const old = { ...southIsPrimary, term: 6n };
  const snapshot = aSnapshot({ databases: [old], desired: [standing(followed)] });
  const verdict = decideDatabase(inForce(database), knownPrimary('keystone', snapshot), snapshot);
  t.deepEqual(verdict.desired, followed);
  t.deepEqual(
    verdict.refusals.map((each) => [each.event.name, each.event.refusal]),
    [['route:backend:refused', 'StaleEpoch']],
  );
});

const electing = (ballot: Ballot): DatabaseState => aState({ phase: 'ballot', ballot });
const gone = aReceipt();

test('in steady times, and once a candidate has the key, the ways lead to the recorded primary', (t) => {
  t.is(routedTo(aState()), 'north-1');
  t.is(routedTo(electing(aBallot('prove', { candidate: 'north-2' }))), 'north-1');
});

test('in a ballot the ways stay where they are until somebody has the key', (t) => {
  for (const step of ['poll', 'freeze'] as const) t.is(routedTo(electing(aBallot(step))), undefined);
  t.is(routedTo(electing(aBallot('drain', { candidate: 'north-2' }))), undefined);
  t.is(routedTo(electing(aBallot('drain', { candidate: 'north-2', receipt: gone }))), undefined);
});

test('in a switchover they lead to the candidate at once: the primary has closed itself', (t) => {
  const receipt = { ...gone, how: 'closed' } as const;
  t.is(routedTo(electing(aBallot('drain', { candidate: 'north-2', receipt }))), 'north-2');
});
