/** Who may be rebuilt from whom: the primary and the acknowledging member never, and only from a server that is clean. */
import test from 'ava';
import {
  judgeRebuild,
  obstaclesTo,
  type RebuildQuestion,
  type RebuildRefusalCode,
  whyNotServed,
} from '../../../src/core/database/rebuild.ts';
import type { RebuildOrder } from '../../../src/core/database/rebuild-order.ts';
import { anAcker, aPolicy, aRecord, aState, inBallot, NODES } from './a-database.ts';

const everybody = NODES.map((node) =>
  aRecord(
    node,
    node === 'north-1' ? { follows: null, readOnly: false } : node === 'north-3' ? { quarantined: true } : {},
  ),
);
/** north-3 is quarantined; the others are as they should be. */
function asking(difference: Partial<RebuildQuestion> = {}): RebuildQuestion {
  return {
    policy: aPolicy().policy,
    state: aState(),
    hasPrimary: true,
    members: everybody,
    hold: undefined,
    node: 'north-3',
    from: undefined,
    isForced: false,
    ...difference,
  };
}
const but = (node: string, difference: Parameters<typeof aRecord>[1]) =>
  everybody.map((each) => (each.node === node ? { ...each, ...difference } : each));

const refuses = test.macro({
  exec: (t, difference: Partial<RebuildQuestion>, code: RebuildRefusalCode) => {
    const verdict = judgeRebuild(asking(difference));
    if (verdict.ok) return t.fail('it was allowed');
    t.deepEqual(
      verdict.refusals.map((each) => each.code),
      [code],
    );
    for (const { reason, remedy } of verdict.refusals) t.true(reason !== '' && remedy !== '');
  },
  title: (name) => `refused: ${name}`,
});
const takes = test.macro({
  exec: (t, difference: Partial<RebuildQuestion>, from: string) => {
    t.deepEqual(judgeRebuild(asking(difference)), { ok: true, from, term: 4n });
  },
  title: (name) => `allowed: ${name}`,
});

const hold = { scope: 'database/keystone', owner: 'ada', reason: 'upgrade', expiresAtMs: 9 };
test('nothing is known of the database', refuses, { state: undefined }, 'Unmanaged');
test('no such member', refuses, { node: 'north-9' }, 'NotAMember');
test('the primary', refuses, { node: 'north-1', isForced: true }, 'IsPrimary');
test('the member that commits wait for', refuses, { node: 'north-2', isForced: true }, 'IsAcker');
test('a ballot is open', refuses, { state: inBallot('poll') }, 'BallotOpen');
test('an operator holds it', refuses, { hold }, 'OnHold');
test(
  'the agent of the primary was stopped in order',
  refuses,
  { state: aState({ hold: { owner: 'north-1', reason: 'stopped', sinceMs: 1 } }) },
  'OnHold',
);
test('its agent is away', refuses, { members: everybody.filter((each) => each.node !== 'north-3') }, 'AgentAway');
test('it works', refuses, { members: but('north-3', { quarantined: false }) }, 'NodeWorks');
test('nobody is clean', refuses, { members: everybody.filter((each) => each.node === 'north-3') }, 'NoSource');
test('the source is itself', refuses, { from: 'north-3' }, 'SourceNotClean');
test('the source is no member', refuses, { from: 'north-9' }, 'SourceNotClean');
test(
  'the source is down',
  refuses,
  { from: 'south-1', members: but('south-1', { serverUp: false }) },
  'SourceNotClean',
);
test(
  'the source is quarantined',
  refuses,
  { from: 'south-1', members: but('south-1', { quarantined: true }) },
  'SourceNotClean',
);
test(
  'the source is being rebuilt',
  refuses,
  { from: 'south-1', members: but('south-1', { rebuilding: true }) },
  'SourceNotClean',
);
test(
  'the source follows nobody',
  refuses,
  { from: 'south-1', members: but('south-1', { follows: null }) },
  'SourceNotClean',
);
test('the source is a primary without its right', refuses, { from: 'north-1', hasPrimary: false }, 'SourceNotClean');

test('the acknowledging replica of the own region goes before a far one', takes, {}, 'north-2');
test(
  'a free replica of the own region goes first',
  takes,
  {
    state: aState({ ackers: [] }),
    members: but('north-2', { quarantined: true, follows: 'north-1' }),
    node: 'north-2',
  },
  'south-1',
);
test(
  'the primary is the last resort',
  takes,
  { members: but('north-2', { serverUp: false }).filter((m) => m.node !== 'south-1') },
  'north-1',
);
test('the operator may name the primary', takes, { from: 'north-1' }, 'north-1');
test(
  'one whose server is down',
  takes,
  { members: but('north-3', { quarantined: false, serverUp: false, follows: null }) },
  'north-2',
);
test('one that works, by force', takes, { members: but('north-3', { quarantined: false }), isForced: true }, 'north-2');

test('a policy that only observes is in the way of every order', (t) => {
  t.is(obstaclesTo(asking({ policy: { ...aPolicy().policy, mode: 'observe' } }), true).length, 1);
});
test('a source that stumbles ends an order only before it begins', (t) => {
  const stumbling = asking({ from: 'south-1', members: but('south-1', { follows: null }) });
  t.is(obstaclesTo(stumbling, false).length, 1);
  t.deepEqual(obstaclesTo(stumbling, true), []);
});
test('a node that became the acknowledging one ends its order at any time', (t) => {
  t.is(obstaclesTo(asking({ state: aState({ ackers: [anAcker('north-3')] }) }), true).length, 1);
});

const order: RebuildOrder = {
  id: 'o1',
  node: 'north-3',
  from: 'south-1',
  kind: 'rebuild',
  term: 4n,
  isForced: false,
  discardsOld: false,
  isCancelled: false,
  orderedBy: 'ada',
  orderedAtMs: 1,
  phase: 'receive',
  bytes: 0,
  totalBytes: null,
  detail: '',
  changedAtMs: 1,
};
const serves = test.macro({
  exec: (t, of: Partial<RebuildOrder>, difference: Partial<RebuildQuestion>, why: RegExp | undefined) => {
    const said = whyNotServed({ ...order, ...of }, asking(difference), 'south-1');
    if (why === undefined) t.is(said, undefined);
    else t.regex(said ?? '', why);
  },
  title: (name) => `a source ${name}`,
});
test('serves an order that names it', serves, {}, {}, undefined);
test('serves a check, too', serves, { kind: 'check', phase: 'ordered' }, {}, undefined);
test('serves no order that has ended', serves, { phase: 'done' }, {}, /no such order/);
test('serves no order to discard', serves, { kind: 'discard' }, {}, /no such order/);
test('serves no order of another', serves, { from: 'north-2' }, {}, /names north-2/);
test('serves no cancelled order', serves, { isCancelled: true }, {}, /cancelled/);
test('serves no order of another term', serves, { term: 3n }, {}, /term 3/);
test('serves nothing while a ballot is open', serves, { term: 5n }, { state: inBallot('poll') }, /ballot/);
test(
  'that is quarantined serves nothing',
  serves,
  {},
  { members: but('south-1', { quarantined: true }) },
  /does not have/,
);
test('serves nothing without an order', (t) => {
  t.regex(whyNotServed(undefined, asking(), 'south-1') ?? '', /no such order/);
});
