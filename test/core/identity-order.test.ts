/** An operator's order about an identity route: what it moves, and what it never overrides. */
import test from 'ava';
import type { DesiredIdentity } from '../../src/core/desired.ts';
import type { RefusalCode } from '../../src/core/event.ts';
import { type IdentityOrder, type IdentityOrderFacts, whyNotObeyed } from '../../src/core/identity-order.ts';
import { decideIdentity } from '../../src/core/identity-route.ts';
import type { SeenObservation } from '../../src/core/observation.ts';
import { decideRegion } from '../../src/core/region.ts';
import type { RegionSnapshot } from '../../src/core/region-snapshot.ts';
import {
  aSnapshot,
  atHome,
  identity,
  inForce,
  isolated,
  LONG,
  northIsPrimary,
  saw,
  southIsPrimary,
} from './a-region.ts';

const facts: IdentityOrderFacts = {
  mode: 'enforce',
  hold: undefined,
  region: 'south',
  home: 'north',
  isHomeNamed: true,
  state: 'home',
  isOrdered: false,
  homeWorks: true,
  ownKeystoneWorks: true,
};
const hold = { scope: 'identity/south', owner: 'ann', reason: 'a look', expiresAtMs: 2_000_000 };
const orderedAway: DesiredIdentity = { ...isolated, isOrdered: true, sessions: 'finish' };
const returned: DesiredIdentity = { ...atHome, sessions: 'finish' };
const orderTo = (kind: IdentityOrder['kind']): IdentityOrder => ({ kind, id: 'o1', by: 'ann@south-1', atMs: 1 });

const refused = test.macro({
  exec(t, kind: IdentityOrder['kind'], differs: Partial<IdentityOrderFacts>, code: RefusalCode | undefined) {
    t.is(whyNotObeyed(kind, { ...facts, ...differs })?.code, code);
  },
  title: (_, kind, differs, code) => `${kind} with ${JSON.stringify(differs)}: ${code ?? 'obeyed'}`,
});

test(refused, 'isolate', {}, undefined);
test(refused, 'isolate', { state: 'suspect', homeWorks: false }, undefined);
test(refused, 'isolate', { state: 'isolated' }, undefined);
test(refused, 'isolate', { state: 'isolated', isOrdered: true }, 'PreconditionUnmet');
test(refused, 'isolate', { ownKeystoneWorks: false }, 'NoHealthyTarget');
test(refused, 'isolate', { home: 'south' }, 'PreconditionUnmet');
test(refused, 'isolate', { home: undefined }, 'PreconditionUnmet');
test(refused, 'isolate', { isHomeNamed: false }, 'PreconditionUnmet');
test(refused, 'return', { state: 'isolated', isHomeNamed: false }, 'PreconditionUnmet');
test(refused, 'isolate', { mode: 'observe' }, 'ObserveMode');
test(refused, 'isolate', { hold }, 'OnHold');
test(refused, 'return', {}, 'PreconditionUnmet');
test(refused, 'return', { state: 'suspect' }, 'PreconditionUnmet');
test(refused, 'return', { state: 'isolated', isOrdered: true }, undefined);
test(refused, 'return', { state: 'returning' }, undefined);
test(refused, 'return', { state: 'isolated', homeWorks: false }, 'NoHealthyTarget');
test(refused, 'return', { state: 'isolated', hold }, 'OnHold');

interface Case {
  readonly was: DesiredIdentity;
  readonly order?: IdentityOrder['kind'];
  readonly observations: readonly SeenObservation[];
  readonly differs?: Partial<RegionSnapshot>;
}

const homeIs = (health: 'ok' | 'failed', forMs = LONG) =>
  identity.observers.map((node) => saw(node, 'identity-home', health, forMs));
const ownIs = (health: 'ok' | 'failed') => ['south-1', 'south-2'].map((node) => saw(node, 'keystone-local', health));

function decided({ was, order, observations, differs }: Case) {
  return decideRegion(
    aSnapshot({
      policies: [inForce(identity)],
      databases: [northIsPrimary],
      desired: [{ value: was, standingMs: 0, sideStandingMs: 0 }],
      observations,
      identityOrders: order === undefined ? [] : [{ name: 'south', order: orderTo(order) }],
      ...differs,
    }),
  );
}

const written = ({ desired }: ReturnType<typeof decided>) => desired[0]?.value;

test('an order to isolate is obeyed at once, and named in the event', (t) => {
  const decision = decided({ was: atHome, order: 'isolate', observations: [...homeIs('ok'), ...ownIs('ok')] });
  t.deepEqual(written(decision), orderedAway);
  t.like(decision.settled, [{ name: 'south', order: { id: 'o1' }, refused: undefined }]);
  t.like(decision.events, [
    { name: 'identity:region:isolated', cause: 'isolate ordered by ann@south-1', facts: { order: 'o1' } },
  ]);
});

test('a region that was sent away stays there, whatever its observers see', (t) => {
  for (const health of ['ok', 'failed'] as const) {
    const decision = decided({ was: orderedAway, observations: [...homeIs(health), ...ownIs('ok')] });
    t.deepEqual(decision.desired, []);
  }
});

test('an isolated region that is ordered to isolate stays until it is ordered to return', (t) => {
  const decision = decided({ was: isolated, order: 'isolate', observations: [...homeIs('ok'), ...ownIs('ok')] });
  t.deepEqual(written(decision), { ...orderedAway, sessions: 'end' });
});

test('an order to return waits neither for the time nor for the cooldown', (t) => {
  for (const was of [orderedAway, isolated, { ...isolated, state: 'returning' } as const]) {
    const decision = decided({ was, order: 'return', observations: [...homeIs('ok', 0), ...ownIs('ok')] });
    t.deepEqual(written(decision), returned, was.state);
    t.is(decision.settled[0]?.refused, undefined);
  }
});

test('an order that is refused goes as well, moves nothing, and is told', (t) => {
  const decision = decided({ was: orderedAway, order: 'return', observations: [...homeIs('failed'), ...ownIs('ok')] });
  t.deepEqual(decision.desired, []);
  t.like(decision.settled, [{ refused: { code: 'NoHealthyTarget' } }]);
  t.like(decision.events, [{ name: 'identity:switch:refused', refusal: 'NoHealthyTarget', facts: { order: 'o1' } }]);
});

test('a refused order keeps nothing else from being decided', (t) => {
  const observations = [...homeIs('failed'), ...ownIs('ok')];
  const decision = decided({ was: atHome, order: 'return', observations });
  t.like(written(decision), { state: 'isolated', isOrdered: false });
  t.like(decision.settled, [{ refused: { code: 'PreconditionUnmet' } }]);
});

test('a primary that moves into the region ends an ordered isolation', (t) => {
  const differs = { databases: [southIsPrimary] };
  const decision = decided({ was: orderedAway, observations: ownIs('ok'), differs });
  t.like(written(decision), { state: 'home', home: 'south', isOrdered: false });
});

test('nobody is sent back to a home whose Keystones the policy does not name', (t) => {
  const { south } = identity.keystones;
  const unnamed = { ...identity, keystones: { south: south ?? { url: '', nodes: [] } } };
  const differs = { policies: [inForce(unnamed)] };
  const decision = decided({
    was: orderedAway,
    order: 'return',
    observations: [...homeIs('ok'), ...ownIs('ok')],
    differs,
  });
  t.deepEqual(decision.desired, []);
  t.like(decision.settled, [{ refused: { code: 'PreconditionUnmet' } }]);
});

test('an order about a route whose policy is gone is refused; one whose policy cannot be read waits', (t) => {
  const differs = { policies: [] };
  const gone = decided({ was: atHome, order: 'isolate', observations: [], differs });
  t.like(gone.settled, [{ name: 'south', refused: { code: 'PreconditionUnmet' } }]);
  const unreadable = { ...differs, unreadable: ['south'] };
  t.deepEqual(decided({ was: atHome, order: 'isolate', observations: [], differs: unreadable }).settled, []);
});

test('a link that comes and goes, ten seconds each, for five minutes, moves a region once', (t) => {
  const policy = { ...identity, isolateAfterMs: 5_000, returnAfterMs: 5_000 };
  let was = atHome;
  let awaySinceMs = 0;
  let switches = 0;
  for (let nowMs = 0; nowMs < 300_000; nowMs += 500) {
    const health = Math.floor(nowMs / 10_000) % 2 === 0 ? 'ok' : 'failed';
    const observations = [...homeIs(health, nowMs % 10_000), ...ownIs('ok')];
    const seen = { value: was, standingMs: 0, sideStandingMs: nowMs - awaySinceMs };
    const known = { view: northIsPrimary, stale: undefined };
    const { desired } = decideIdentity(inForce(policy), known, seen, aSnapshot({ observations }));
    if (desired?.kind !== 'identity') return t.fail();
    if (desired.readOnly !== was.readOnly) {
      switches += 1;
      awaySinceMs = nowMs;
    }
    was = desired;
  }
  t.is(switches, 1);
  return t.is(was.readOnly, true);
});
