/** What the arbiter does next: each row is a cloud whose keys are in order, but for one difference. */
import test from 'ava';
import type { KeyWork } from '../../../src/core/keys/key-state.ts';
import { decideKeys, type KeysDecision, type KeysSnapshot } from '../../../src/core/keys/keys-decision.ts';
import {
  HOUR_MS,
  NOW_MS,
  offering,
  REST,
  ROTATE,
  reportOf,
  reports,
  setOf,
  snapshotOf,
  stateOf,
  stored,
} from './some-keys.ts';

const setText = (decision: KeysDecision): string =>
  decision.kind === 'step'
    ? decision.keys.map(({ index, from }) => `${index}=${from === 'fresh' ? '*' : from.fingerprint}`).join(' ')
    : decision.kind;

const work = (step: KeyWork['step'], kind: KeyWork['kind'] = 'rotate'): KeyWork => ({
  kind,
  step,
  by: null,
  id: null,
  beganAtMs: 0,
});

/** Everybody has the set of the state. */
const inWork = (keys: Readonly<Record<number, string>>, step: KeyWork['step'], kind: KeyWork['kind'] = 'rotate') =>
  snapshotOf({ state: stateOf(keys, { work: work(step, kind) }), regions: reports(reportOf(setOf(keys))) });

const decides = test.macro((t, snapshot: KeysSnapshot, expected: string) => {
  t.is(setText(decideKeys(snapshot)), expected);
});

test('at rest nothing is done', decides, snapshotOf(), 'wait');
test('an order promotes what is staged', decides, snapshotOf({ order: ROTATE }), '0=s 1=a 2=b 3=s');
test('a rotation that is due begins', decides, snapshotOf({ policy: { rotateEveryMs: NOW_MS } }), '0=s 1=a 2=b 3=s');
test('one that is not due does not', decides, snapshotOf({ policy: { rotateEveryMs: NOW_MS + 1 } }), 'wait');
test(
  'after the promotion a fresh key is staged',
  decides,
  inWork({ 0: 's', 1: 'a', 2: 'b', 3: 's' }, 'promote'),
  '0=* 1=a 2=b 3=s',
);
test('then the oldest key goes', decides, inWork({ 0: 't', 1: 'a', 2: 'b', 3: 's' }, 'renew'), '0=t 2=b 3=s');
test('then it is done', decides, inWork({ 0: 't', 2: 'b', 3: 's' }, 'drop'), 'end');
test('where there are few keys none goes', decides, inWork({ 0: 't', 2: 'b', 3: 's' }, 'renew'), 'end');
test(
  'a revocation stages a fresh key first',
  decides,
  snapshotOf({ order: { ...ROTATE, kind: 'revoke-all' } }),
  '0=* 1=a 2=b',
);
test('promotes that', decides, inWork({ 0: 't', 1: 'a', 2: 'b' }, 'stage', 'revoke'), '0=t 1=a 2=b 3=t');
test('and drops all but its own', decides, inWork({ 0: 'u', 1: 'a', 2: 'b', 3: 't' }, 'renew', 'revoke'), '0=u 3=t');
test(
  'a set without a staged key gets one first',
  decides,
  { ...inWork({ 1: 'a', 2: 'b' }, 'stage'), state: stateOf({ 1: 'a', 2: 'b' }), order: ROTATE },
  '0=* 1=a 2=b',
);

const twice = { 0: 'b', 1: 'a', 2: 'b' };
test(
  'a staged key that is the primary already is replaced first',
  decides,
  {
    ...snapshotOf({ order: ROTATE, state: stateOf(twice), regions: reports(reportOf(setOf(twice))) }),
  },
  '0=* 1=a 2=b',
);

const stuck = (but: Parameters<typeof reports>[1]) => ({
  order: undefined,
  policy: { rotateEveryMs: HOUR_MS },
  regions: reports(reportOf(setOf(REST)), but),
});
test('nothing begins while a node is not heard of', decides, snapshotOf(stuck({ 'south-2': undefined })), 'wait');
test(
  'nor while one has a problem',
  decides,
  snapshotOf(stuck({ 'south-2': reportOf(setOf(REST), { problem: 'Foreign' }) })),
  'wait',
);
test(
  'nor while one has other keys',
  decides,
  snapshotOf(stuck({ 'south-2': reportOf(setOf({ 0: 'x', 1: 'a', 2: 'b' })) })),
  'wait',
);
test('nor while one has fewer', decides, snapshotOf(stuck({ 'south-2': reportOf(setOf({ 0: 's', 2: 'b' })) })), 'wait');
test(
  'nor while a region is not heard of',
  decides,
  snapshotOf({ ...stuck({}), regions: new Map([...reports(reportOf(setOf(REST)))].slice(0, 1)) }),
  'wait',
);
test('nor under observe', decides, snapshotOf({ policy: { rotateEveryMs: HOUR_MS, mode: 'observe' } }), 'wait');
const hold = { scope: 'keys/fernet-keys', owner: 'ann', reason: 'a look', expiresAtMs: NOW_MS + 1 };
test('nor under a hold', decides, snapshotOf({ policy: { rotateEveryMs: HOUR_MS }, hold }), 'wait');
test(
  'nor where keys cannot be sealed',
  decides,
  snapshotOf({ policy: { rotateEveryMs: HOUR_MS }, cannotSeal: 'no file' }),
  'wait',
);

const promoted = { 0: 's', 1: 'a', 2: 'b', 3: 's' };
test(
  'nothing goes on while one node has not confirmed the step',
  decides,
  {
    ...inWork(promoted, 'promote'),
    regions: reports(reportOf(setOf(promoted)), { 'south-1': reportOf(setOf(REST)) }),
  },
  'wait',
);
test('nor under a hold that came later', decides, { ...inWork(promoted, 'promote'), hold }, 'wait');
test(
  'nor while tokens need the key that is to go',
  decides,
  {
    ...inWork(promoted, 'renew'),
    state: stateOf({}, { keys: stored({ 0: 't', 1: 'a', 2: 'b', 3: 's' }, NOW_MS - HOUR_MS), work: work('renew') }),
    regions: reports(reportOf(setOf({ 0: 't', 1: 'a', 2: 'b', 3: 's' }))),
  },
  'wait',
);

test('the key that was the primary is needed from the moment on at which all have the next one', (t) => {
  const decision = decideKeys({
    ...inWork(promoted, 'promote'),
    state: stateOf(
      {},
      {
        keys: stored(promoted).map((key) => (key.index === 2 ? { ...key, retiredAtMs: null } : key)),
        work: work('promote'),
      },
    ),
  });
  const retired = decision.kind === 'step' ? decision.keys.map(({ index, retiredAtMs }) => [index, retiredAtMs]) : [];
  t.deepEqual(retired, [
    [0, null],
    [1, 0],
    [2, NOW_MS],
    [3, null],
  ]);
  t.is(decision.kind === 'step' ? decision.state.rotatedAtMs : 0, NOW_MS);
});

test('a step may be reached from the set of the one before only, and is a generation of its own', (t) => {
  const decision = decideKeys(snapshotOf({ order: ROTATE }));
  t.like(decision, { kind: 'step', obeysOrder: true });
  if (decision.kind !== 'step') return;
  t.deepEqual(decision.state.accepts, [setOf(REST)]);
  t.like(decision.state, {
    generation: 6,
    rotatedAtMs: 0,
    work: { kind: 'rotate', step: 'promote', by: 'ann', id: 'o1' },
  });
  t.deepEqual(
    decision.events.map(({ name }) => name),
    ['keys:rotation:begun', 'keys:step:taken'],
  );
});

const refuses = test.macro((t, snapshot: KeysSnapshot, code: string, told: RegExp) => {
  const decision = decideKeys(snapshot);
  t.like(decision, { kind: 'refuse-order' });
  if (decision.kind !== 'refuse-order') return;
  t.is(decision.refused.code as string, code);
  t.regex(decision.refused.detail, told);
});
const ordered = (difference: Parameters<typeof snapshotOf>[0]) => snapshotOf({ order: ROTATE, ...difference });

test(
  'an order during a rotation is refused',
  refuses,
  { ...inWork(promoted, 'promote'), order: ROTATE },
  'PreconditionUnmet',
  /under way/,
);
test(
  'an order before an adoption is refused',
  refuses,
  ordered({ state: undefined, regions: new Map() }),
  'PreconditionUnmet',
  /not under management/,
);
test(
  'an order names who is missing',
  refuses,
  ordered({ regions: reports(reportOf(setOf(REST)), { 'south-2': undefined }) }),
  'PreconditionUnmet',
  /south-2 is not heard of/,
);
test(
  'an order must not make tokens invalid',
  refuses,
  ordered({ state: stateOf(REST, { keys: stored(REST, NOW_MS - HOUR_MS) }) }),
  'Cooldown',
  /key 1 .* 60 min/,
);
test(
  'an order to a policy that observes is refused',
  refuses,
  ordered({ policy: { mode: 'observe' } }),
  'ObserveMode',
  /observes/,
);
test('an order under a hold is refused', refuses, ordered({ hold }), 'OnHold', /ann/);
test(
  'credentials have to be encrypted anew first',
  refuses,
  ordered({ policy: { repository: 'credential' } }),
  'PreconditionUnmet',
  /credential_migrate/,
);
test(
  'credential keys are never revoked',
  refuses,
  ordered({ policy: { repository: 'credential' }, order: { ...ROTATE, kind: 'revoke-all', isMigrated: true } }),
  'PreconditionUnmet',
  /cannot be revoked/,
);
test(
  'credential keys are rotated once that was said',
  decides,
  ordered({ policy: { repository: 'credential' }, order: { ...ROTATE, isMigrated: true } }),
  '0=s 1=a 2=b 3=s',
);

const unknown = (regions: KeysSnapshot['regions']) => snapshotOf({ state: undefined, regions });
const asked = offering(setOf(REST));
test('keys that all hold are adopted', (t) => {
  const decision = decideKeys(unknown(reports(asked)));
  t.like(decision, { kind: 'adopt', state: { generation: 1, work: null, rotatedAtMs: NOW_MS } });
  t.deepEqual(decision.kind === 'adopt' ? decision.keys.map(({ sealed }) => sealed) : [], [
    'offered s',
    'offered a',
    'offered b',
  ]);
});
test(
  'an empty node does not stand against it',
  decides,
  unknown(reports(asked, { 'south-2': reportOf([], { generation: 0, problem: 'Empty' }) })),
  'adopt',
);
test('other keys do', decides, unknown(reports(asked, { 'south-2': offering(setOf({ 0: 's', 1: 'a' })) })), 'wait');
test('so does a node that is not heard of', decides, unknown(reports(asked, { 'south-2': undefined })), 'wait');
test(
  'and one that cannot be read',
  decides,
  unknown(reports(asked, { 'south-2': reportOf(null, { generation: 0, problem: 'Unsafe' }) })),
  'wait',
);
test(
  'nobody has any: nothing is made',
  decides,
  unknown(reports(reportOf([], { generation: 0, problem: 'Empty' }))),
  'wait',
);
test(
  'a policy that observes adopts nothing',
  decides,
  { ...unknown(reports(asked)), accepted: snapshotOf({ policy: { mode: 'observe' } }).accepted },
  'wait',
);

const ahead = (keys: Readonly<Record<number, string>>) =>
  offering(setOf(keys), { generation: 8, problem: 'OtherKeys', detail: 'x' });
test('a store that has gone back takes the set that all nodes have', (t) => {
  const decision = decideKeys(snapshotOf({ regions: reports(ahead({ 0: 't', 2: 'b', 3: 's' })) }));
  t.like(decision, { kind: 'adopt', state: { generation: 9 } });
});
test(
  'it does not go on from what it believes',
  decides,
  {
    ...inWork(promoted, 'promote'),
    regions: reports(reportOf(setOf(promoted)), {}, 8),
  },
  'wait',
);
test('between two steps it takes all that nodes have', (t) => {
  const decision = decideKeys(snapshotOf({ regions: reports(ahead(REST), { 'north-1': ahead(promoted) }) }));
  t.deepEqual(decision.kind === 'adopt' ? decision.keys.map(({ fingerprint }) => fingerprint) : [], [
    's',
    'a',
    'b',
    's',
  ]);
  t.deepEqual(decision.kind === 'adopt' ? decision.state.accepts : [], [setOf(promoted), setOf(REST)]);
});
test(
  'where one cannot read what another one issues, nothing is taken',
  decides,
  snapshotOf({
    regions: reports(ahead(REST), { 'north-1': ahead({ 0: 'x', 1: 'a', 2: 'b', 3: 'y' }) }),
  }),
  'wait',
);
test(
  'nor where one index means two keys',
  decides,
  snapshotOf({
    regions: reports(ahead({ 0: 's', 1: 'a', 2: 'b' }), { 'north-1': ahead({ 0: 's', 1: 'z', 2: 'b' }) }),
  }),
  'wait',
);
