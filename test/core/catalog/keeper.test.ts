/** Who is named to keep the catalogue, when nobody is, and what modes and holds do to it. */
import test from 'ava';
import { keptBy } from '../../../src/core/catalog/keeper.ts';
import type { DesiredCatalog } from '../../../src/core/desired.ts';
import type { EndpointCatalog } from '../../../src/core/policy.ts';
import { decideRegion } from '../../../src/core/region.ts';
import type { RegionSnapshot } from '../../../src/core/region-snapshot.ts';
import { aSnapshot, inForce, northIsPrimary, saw, southIsPrimary, standing } from '../a-region.ts';
import { catalogPolicy } from './a-catalog.ts';

const able = (node: string) => [saw(node, 'keystone-local', 'ok'), saw(node, 'catalog-grant', 'ok')];
const here = (difference: Partial<RegionSnapshot> = {}, policy: Partial<EndpointCatalog> = {}) =>
  aSnapshot({
    policies: [inForce({ ...catalogPolicy, ...policy })],
    databases: [southIsPrimary],
    observations: [...able('south-2'), ...able('south-3')],
    ...difference,
  });
const chosen = (snapshot: RegionSnapshot) => decideRegion(snapshot).desired[0]?.value as DesiredCatalog | undefined;
const kept = chosen(here()) as DesiredCatalog;

test('one node of the region with the primary is named, with the rows that are to be there', (t) => {
  const { desired, events } = decideRegion(here());
  t.is(desired.length, 1);
  t.like(desired[0]?.value, { kind: 'catalog', name: 'catalog', keeper: 'south-2', withheld: null, prune: false });
  t.is(kept.rows.length, 12);
  t.like(events[0], { name: 'catalog:keeper:named', epoch: 100n, facts: { from: null, to: 'south-2' } });
});

test('whoever keeps it goes on with it, and deciding again changes nothing', (t) => {
  const desired = [standing({ ...kept, keeper: 'south-3' })];
  t.is(chosen(here({ desired })), undefined);
});

test('a keeper that is gone, or whose Keystone issues no tokens, is replaced', (t) => {
  const desired = [standing(kept)];
  const observations = [
    saw('south-2', 'keystone-local', 'failed'),
    saw('south-2', 'catalog-grant', 'ok'),
    ...able('south-3'),
  ];
  t.is(chosen(here({ desired, observations }))?.keeper, 'south-3');
  const nodes = aSnapshot().nodes.filter(({ node }) => node !== 'south-2');
  t.is(chosen(here({ desired, nodes }))?.keeper, 'south-3');
});

test('nobody is named in a region without the primary, and a keeper is taken back when the primary leaves', (t) => {
  t.is(chosen(here({ databases: [northIsPrimary] })), undefined);
  const desired = [standing(kept)];
  const left = decideRegion(here({ desired, databases: [northIsPrimary] }));
  t.like(left.desired[0]?.value, { keeper: null, rows: [] });
  t.like(left.events[0], { name: 'catalog:keeper:named', cause: 'the primary is in north' });
});

test('nobody writes while the region is cut off from the global store, or while there is no primary', (t) => {
  const desired = [standing(kept)];
  t.is(chosen(here({ desired, globalReachable: false }))?.keeper, null);
  t.is(chosen(here({ desired, databases: [] }))?.keeper, null);
  t.is(chosen(here({ globalReachable: false })), undefined);
});

test('without the grant nobody is named, and the refusal says what is needed; to observe needs none', (t) => {
  const observations = [saw('south-1', 'keystone-local', 'ok')];
  const { desired, refusals } = decideRegion(here({ observations }));
  t.like(desired[0]?.value, { keeper: null });
  t.like(refusals[0]?.event, { name: 'catalog:change:refused', refusal: 'NoFitTarget' });
  t.regex(refusals[0]?.event.message ?? '', /catalog: true/);
  t.like(chosen(here({ observations }, { mode: 'observe' })), { keeper: 'south-1', withheld: 'ObserveMode' });
});

test('a node without the role api is not named', (t) => {
  const nodes = aSnapshot().nodes.map((each) => ({ ...each, roles: ['db'] as const }));
  t.is(chosen(here({ nodes }))?.keeper, null);
});

test('a hold makes the keeper look only, until it is over', (t) => {
  const holds = [{ scope: 'catalog/catalog', owner: 'ann', reason: 'kolla runs', expiresAtMs: 1_000_700 }];
  const decision = decideRegion(here({ holds }));
  t.like(decision.desired[0]?.value, { keeper: 'south-2', withheld: 'OnHold' });
  t.is(decision.nextTickInMs, 700);
  t.like(chosen(here({ holds, wallMs: 1_000_700 })), { withheld: null });
});

test('the value of a policy that is gone is released, and not while the global store is out of reach', (t) => {
  const gone = aSnapshot({ desired: [standing(kept)], databases: [southIsPrimary] });
  t.deepEqual(decideRegion(gone).released, [{ kind: 'catalog', name: 'catalog' }]);
  t.deepEqual(decideRegion({ ...gone, globalReachable: false }).released, []);
});

test('a node keeps what names it, and nothing else', (t) => {
  t.deepEqual(keptBy('south-2', [kept, { ...kept, name: 'other', keeper: 'south-3' }]), [kept]);
  t.deepEqual(keptBy('south-1', [kept]), []);
});
