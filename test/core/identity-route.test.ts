/** What a region wants of its identity route. The moves themselves are in identity-state.test.ts. */
import test from 'ava';
import type { DesiredIdentity } from '../../src/core/desired.ts';
import { decideIdentity } from '../../src/core/identity-route.ts';
import type { SeenObservation } from '../../src/core/observation.ts';
import type { DatabaseView } from '../../src/core/region-snapshot.ts';
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

const ownHome: DesiredIdentity = { ...atHome, home: 'south', ready: ['south-1', 'south-2'] };

const everybody = ['south-1', 'south-2', 'south-3'];
const homeIs = (
  health: SeenObservation['health'],
  nodes = everybody,
  forMs?: number,
  facts?: SeenObservation['facts'],
) => nodes.map((node) => saw(node, 'identity-home', health, forMs, facts));
const localIs = (health: SeenObservation['health'], nodes = ['south-1', 'south-2'], forMs?: number) =>
  nodes.map((node) => saw(node, 'keystone-local', health, forMs));

interface Row {
  readonly was?: DesiredIdentity | undefined;
  readonly view?: DatabaseView | undefined;
  readonly says?: readonly SeenObservation[];
  readonly wants: DesiredIdentity | undefined;
  readonly events?: readonly string[];
  readonly refusals?: readonly string[];
  /** Default: long. */
  readonly awayForMs?: number;
  /** Looked at only if it is named. */
  readonly changesInMs?: number;
}

const decides = test.macro((t, row: Row) => {
  const view = 'view' in row ? row.view : northIsPrimary;
  const was = 'was' in row ? row.was : atHome;
  const snapshot = aSnapshot({ observations: row.says ?? [] });
  const seen = was === undefined ? undefined : { value: was, standingMs: LONG, sideStandingMs: row.awayForMs ?? LONG };
  const verdict = decideIdentity(inForce(identity), { view, stale: undefined }, seen, snapshot);
  t.deepEqual(verdict.desired, row.wants);
  t.deepEqual(
    verdict.events.map((each) => each.name.split(':')[2]),
    row.events ?? [],
  );
  t.deepEqual(
    verdict.refusals.map((each) => each.event.refusal),
    row.refusals ?? [],
  );
  if (row.changesInMs !== undefined) t.is(verdict.changesInMs, row.changesInMs);
});

test('the first decision uses the home Keystones', decides, { was: undefined, wants: atHome, events: ['home'] });
test('while all is well nothing is told', decides, { says: homeIs('ok'), wants: atHome });
test('a primary in the own region uses the own Keystones', decides, {
  was: undefined,
  view: southIsPrimary,
  wants: ownHome,
  events: ['home'],
});
test('an isolated region is home at once when the primary moves into it', decides, {
  was: isolated,
  view: southIsPrimary,
  says: homeIs('failed'),
  wants: ownHome,
  events: ['home'],
});
test('a region whose primary moved away uses the new home at once', decides, {
  was: ownHome,
  wants: atHome,
  events: ['home'],
});
test('a region that fails to use its own home stays there: there is nothing else that can write', decides, {
  was: ownHome,
  view: southIsPrimary,
  says: [...homeIs('failed'), ...localIs('failed')],
  wants: ownHome,
});
test('an isolated region does not trust a home that has moved to another region', decides, {
  was: { ...isolated, home: 'west' },
  wants: isolated,
  events: ['isolated'],
});
test('a region without knowledge of the primary keeps what it has', decides, {
  was: isolated,
  view: undefined,
  says: homeIs('ok'),
  wants: undefined,
  refusals: ['PreconditionUnmet'],
});
test('a home that the policy does not name keeps what is there', decides, {
  view: { ...northIsPrimary, region: 'west' },
  wants: undefined,
  refusals: ['PreconditionUnmet'],
});
test('a majority of failing observers makes the region suspect and changes no target', decides, {
  says: [...homeIs('failed', ['south-1', 'south-2'], 1000), ...homeIs('ok', ['south-3'])],
  wants: { ...atHome, state: 'suspect' },
  events: ['suspect'],
});
test('one failing observer of three moves nothing', decides, {
  says: [...homeIs('failed', ['south-1']), ...homeIs('ok', ['south-2', 'south-3'])],
  wants: atHome,
  refusals: ['MinorityOfObservers'],
});
test('one failing observer moves nothing while the others are blind', decides, {
  says: [...homeIs('failed', ['south-1']), ...homeIs('unknown', ['south-2'])],
  wants: atHome,
  refusals: ['MinorityOfObservers'],
});
test('a region is isolated after the time of the policy and tells each move', decides, {
  says: [...homeIs('failed'), ...localIs('ok')],
  wants: isolated,
  events: ['suspect', 'isolated'],
});
test('an own Keystone that is down is left out', decides, {
  says: [...homeIs('failed'), ...localIs('ok', ['south-2']), ...localIs('failed', ['south-1'])],
  wants: { ...isolated, ready: ['south-2'] },
  events: ['suspect', 'isolated'],
});
test('an own Keystone that nobody has looked at is not left out', decides, {
  says: [...homeIs('failed'), ...localIs('ok', ['south-2'])],
  wants: isolated,
  events: ['suspect', 'isolated'],
});
test('without an own Keystone that surely works the region stays suspect', decides, {
  says: [...homeIs('failed'), ...localIs('unknown')],
  wants: { ...atHome, state: 'suspect' },
  events: ['suspect'],
  refusals: ['NoHealthyTarget'],
});
test('an isolated region takes a Keystone back that works again', decides, {
  was: { ...isolated, ready: ['south-2'] },
  says: [...homeIs('failed'), ...localIs('ok')],
  wants: isolated,
  events: ['isolated'],
});
test('an isolated region waits before it takes a Keystone back', decides, {
  was: { ...isolated, ready: ['south-2'] },
  says: [...homeIs('failed'), ...localIs('ok', ['south-1'], identity.returnAfterMs - 1), ...localIs('ok', ['south-2'])],
  wants: { ...isolated, ready: ['south-2'] },
  changesInMs: 1,
});
test('a Keystone in use that was slow for a moment stays in use: overload is not death', decides, {
  was: isolated,
  says: [...homeIs('failed'), ...localIs('ok', ['south-1']), ...localIs('failed', ['south-2'], 3_000)],
  wants: isolated,
  changesInMs: identity.isolateAfterMs - 3_000,
});
test('a Keystone in use that has failed for the time of the policy is left out', decides, {
  was: isolated,
  says: [
    ...homeIs('failed'),
    ...localIs('ok', ['south-1']),
    ...localIs('failed', ['south-2'], identity.isolateAfterMs),
  ],
  wants: { ...isolated, ready: ['south-1'] },
  events: ['isolated'],
});
test('an isolated region keeps its targets when all of them fail', decides, {
  was: { ...isolated, ready: ['south-2'] },
  says: [...homeIs('failed'), ...localIs('failed')],
  wants: { ...isolated, ready: ['south-2'] },
});
test('a returning region is still on its own Keystones, read-only', decides, {
  was: isolated,
  says: [...homeIs('ok', everybody, 1000), ...localIs('ok')],
  wants: { ...isolated, state: 'returning' },
  events: ['returning'],
});
test('a region returns home after the time of the policy', decides, {
  was: { ...isolated, state: 'returning' },
  says: [...homeIs('ok'), ...localIs('ok')],
  wants: { ...atHome, sessions: 'finish' },
  events: ['home'],
});
test('what was seen of another home than this one is no word about this one', decides, {
  says: [...homeIs('failed', everybody, undefined, { home: 'west' }), ...localIs('ok')],
  wants: atHome,
});
test('what was seen of this home counts', decides, {
  says: [...homeIs('failed', everybody, undefined, { home: 'north' }), ...localIs('ok')],
  wants: isolated,
  events: ['suspect', 'isolated'],
});
test('a failing node that is no observer has no word', decides, {
  says: [...homeIs('failed', ['south-1', 'south-9', 'south-8']), ...localIs('ok')],
  wants: atHome,
  refusals: ['MinorityOfObservers'],
});
