import test from 'ava';
import type { DatabaseFailover, VirtualAddress } from '../../src/core/policy.ts';
import { diffPolicies } from '../../src/policy/diff.ts';
import { DATABASE, policyOf, VIP } from './a-world.ts';

const vip = policyOf<VirtualAddress>(VIP);
const database = policyOf<DatabaseFailover>(DATABASE);

test('a policy does not differ from itself, nor from its text with a default written out', (t) => {
  t.deepEqual(diffPolicies(vip, vip), []);
  t.deepEqual(diffPolicies(vip, policyOf(`${VIP}fitAgainAfter: 10s\n`)), []);
});

test('a changed field is told in the words of the document', (t) => {
  t.deepEqual(diffPolicies(vip, { ...vip, fitAgainAfterMs: 90_000 }), [
    { field: 'fitAgainAfter', before: '10s', after: '90s' },
  ]);
});

test('a field in a block is told with its path', (t) => {
  const after = { ...vip, unfitWhen: { ...vip.unfitWhen, failedForMs: 5000 } };
  t.deepEqual(diffPolicies(vip, after), [{ field: 'unfitWhen.failedFor', before: '2s', after: '5s' }]);
});

test('another order of nodes is a difference: it is their preference', (t) => {
  const after = { ...vip, nodes: vip.nodes.toReversed() };
  t.deepEqual(diffPolicies(vip, after), [
    { field: 'nodes', before: '[south-1, south-2]', after: '[south-2, south-1]' },
  ]);
});

test('a member that goes is told by its name, and the others are not', (t) => {
  const changes = diffPolicies(database, { ...database, members: database.members.slice(1) });
  t.deepEqual(
    changes.map(({ field, after }) => [field, after]),
    [
      ['members', '[north-2, south-2]'],
      ['members[north-3].node', undefined],
      ['members[north-3].region', undefined],
      ['members[north-3].address', undefined],
      ['members[north-3].port', undefined],
      ['members[north-3].promote', undefined],
    ],
  );
});

test('a new policy is all new, and one that goes is all gone', (t) => {
  t.true(diffPolicies(undefined, vip).every((change) => change.before === undefined && change.after !== undefined));
  t.true(diffPolicies(vip, undefined).every((change) => change.before !== undefined && change.after === undefined));
  t.is(diffPolicies(undefined, vip).length, 13);
});
