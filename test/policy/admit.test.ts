/** Which texts come into force. The world is region south with two nodes that may own addresses. */
import test from 'ava';
import type { Policy } from '../../src/core/policy.ts';
import {
  type Admission,
  type AdmissionInput,
  admissionEvents,
  admit,
  type PolicyInForce,
  type PolicyRefused,
} from '../../src/policy/admit.ts';
import { readInForce } from '../../src/policy/in-force.ts';
import { DATABASE, IDENTITY, policyOf, southernWorld, southNodes, VIP } from './a-world.ts';

const text = (name: string, revision: bigint, content = VIP) => ({
  name,
  text: content.replace('name: vip', `name: ${name}`),
  revision,
});
const inForce = (policy: Policy, revision: bigint): PolicyInForce => ({ name: policy.name, revision, policy });
const vip = policyOf(VIP);
const BROKEN = VIP.replace('host0', '"a b"');

const run = (input: Partial<AdmissionInput>) =>
  admit({ texts: [], inForce: [], refused: [], world: southernWorld(), ...input });
const shape = ({ accept, reject, remove }: Admission) => ({
  accept: accept.map((each) => `${each.name}@${each.revision}`),
  reject: reject.map((each) => `${each.name}@${each.revision} ${each.problems.map((p) => p.field).join()}`),
  remove: [...remove],
});
const nothing = { accept: [], reject: [], remove: [] };

/** The store after an admission was written. */
const after = (input: Partial<AdmissionInput>, admission: Admission): Partial<AdmissionInput> => {
  const gone = new Set([...admission.remove, ...admission.accept.map((each) => each.name)]);
  const keep = <T extends { name: string }>(list: readonly T[] = []) => list.filter((each) => !gone.has(each.name));
  const renewed = new Set(admission.reject.map((each) => each.name));
  return {
    ...input,
    inForce: [...keep(input.inForce), ...admission.accept],
    refused: [...keep(input.refused).filter((each) => !renewed.has(each.name)), ...admission.reject],
  };
};

interface Row extends Partial<AdmissionInput> {
  readonly expected: Partial<ReturnType<typeof shape>>;
}

const admits = test.macro((t, { expected, ...input }: Row) => {
  const admission = run(input);
  t.deepEqual(shape(admission), { ...nothing, ...expected });
  t.deepEqual(shape(run(after(input, admission))), nothing, 'asking again changes something');
});

test('a good text comes into force with its revision', admits, {
  texts: [text('vip', 7n)],
  expected: { accept: ['vip@7'] },
});
test('a text that is in force at its revision is not judged again, whatever has become of the world', admits, {
  texts: [text('vip', 7n)],
  inForce: [inForce(vip, 7n)],
  world: southernWorld({ nodes: [] }),
  expected: {},
});
test('a broken text is refused with its field', admits, {
  texts: [text('vip', 7n, BROKEN)],
  expected: { reject: ['vip@7 interface'] },
});
test('a broken edit is refused and nothing that is in force is removed', admits, {
  texts: [text('vip', 8n, BROKEN)],
  inForce: [inForce(vip, 7n)],
  expected: { reject: ['vip@8 interface'] },
});
test('a good edit replaces what is in force', admits, {
  texts: [text('vip', 9n, `${VIP}fitAgainAfter: 20s\n`)],
  inForce: [inForce(vip, 7n)],
  expected: { accept: ['vip@9'] },
});
test('a deleted text ends what was in force', admits, { inForce: [inForce(vip, 7n)], expected: { remove: ['vip'] } });
test('a deleted text that was refused leaves nothing behind', admits, {
  refused: [{ name: 'vip', revision: 7n, problems: [] }],
  expected: { remove: ['vip'] },
});
test('a text under a key of another name is refused', admits, {
  texts: [{ name: 'other', text: VIP, revision: 7n }],
  expected: { reject: ['other@7 name'] },
});
test('a text for the other store is refused', admits, {
  texts: [{ name: 'keystone', text: DATABASE, revision: 7n }],
  expected: { reject: ['keystone@7 kind'] },
});
test('of two new policies for one address the earlier text wins', admits, {
  texts: [text('b', 9n, VIP.replace('Id: 51', 'Id: 52')), text('a', 8n)],
  expected: { accept: ['a@8'], reject: ['b@9 address'] },
});
test('a policy for an address that is taken is refused, and the one in force stays', admits, {
  texts: [text('vip', 7n), text('new', 8n, VIP.replace('Id: 51', 'Id: 52'))],
  inForce: [inForce(vip, 7n)],
  expected: { reject: ['new@8 address'] },
});
test('a policy that takes over from one that is deleted in the same breath is accepted', admits, {
  texts: [text('new', 8n)],
  inForce: [inForce(vip, 7n)],
  expected: { accept: ['new@8'], remove: ['vip'] },
});
test('a policy that needs another one of the same breath is accepted whatever their order', admits, {
  texts: [
    { name: 'identity', text: IDENTITY, revision: 7n },
    { name: 'keystone', text: DATABASE, revision: 8n },
  ],
  world: southernWorld({ store: 'only', databases: [] }),
  expected: { accept: ['keystone@8', 'identity@7'] },
});

const withoutNodes: Partial<AdmissionInput> = { texts: [text('vip', 7n)], world: southernWorld({ nodes: [] }) };

test('what was refused for want of a node is accepted when the node registers, without being put again', (t) => {
  const refused = run(withoutNodes);
  t.deepEqual(shape(refused), { ...nothing, reject: ['vip@7 nodes[0],nodes[1]'] });
  const later = { ...after(withoutNodes, refused), world: southernWorld() };
  t.deepEqual(shape(run(later)), { ...nothing, accept: ['vip@7'] });
});

test('what is refused for the same reason is not written again because the list of nodes in its remedy changed', (t) => {
  const wrong = { texts: [text('vip', 7n, VIP.replace('south-2', 'nobody'))] };
  const refused = run(wrong);
  const later = {
    ...after(wrong, refused),
    world: southernWorld({ nodes: [...southNodes, { node: 'south-4', region: 'south', roles: [], addresses: [] }] }),
  };
  t.deepEqual(shape(run(later)), nothing);
});

test('a node that is down does not keep an operator from editing another field', (t) => {
  const edit = { texts: [text('vip', 8n, `${VIP}fitAgainAfter: 20s\n`)], inForce: [inForce(vip, 7n)] };
  const world = southernWorld({ nodes: southNodes.slice(0, 1) });
  t.deepEqual(shape(run({ ...edit, world })), { ...nothing, accept: ['vip@8'] });
  t.deepEqual(shape(run({ ...edit, inForce: [], world })), { ...nothing, reject: ['vip@8 nodes[1]'] });
});

test('the same mistake put again is refused at its new revision', (t) => {
  const first = run({ texts: [text('vip', 7n, BROKEN)] });
  const again = run({ texts: [text('vip', 9n, BROKEN)], refused: first.reject });
  t.deepEqual(shape(again), { ...nothing, reject: ['vip@9 interface'] });
});

test('what this version cannot read is removed with its text, and only then', (t) => {
  t.deepEqual(shape(run({ unreadable: ['newer'] })), { ...nothing, remove: ['newer'] });
  const newer = { name: 'newer', text: VIP.replace('regent/v1', 'regent/v2'), revision: 7n };
  t.deepEqual(shape(run({ unreadable: ['newer'], texts: [newer] })), { ...nothing, reject: ['newer@7 apiVersion'] });
});

test('what is refused for something else is written again', (t) => {
  const refused: PolicyRefused = {
    name: 'vip',
    revision: 7n,
    problems: [{ field: 'nodes[1]', value: 'x', message: '', remedy: '' }],
  };
  t.deepEqual(shape(run({ texts: [text('vip', 7n, BROKEN)], refused: [refused] })), {
    ...nothing,
    reject: ['vip@7 interface'],
  });
});

test('everything that an admission does is told, with the revision of the text', (t) => {
  const events = admissionEvents(
    run({
      texts: [text('vip', 8n), text('bad', 9n, BROKEN)],
      inForce: [inForce({ ...vip, name: 'old' }, 1n)],
    }),
  );
  t.deepEqual(
    events.map((each) => [each.name, each.subject, each.policyRevision]),
    [
      ['policy:text:accepted', 'vip', 8n],
      ['policy:text:rejected', 'bad', 9n],
      ['policy:text:removed', 'old', undefined],
    ],
  );
});

test('what was accepted is read back, and what cannot be read is told', (t) => {
  const read = readInForce([
    text('vip', 7n),
    { name: 'newer', text: VIP.replace('regent/v1', 'regent/v2'), revision: 8n },
  ]);
  t.deepEqual(read.inForce, [inForce(vip, 7n)]);
  t.deepEqual(
    read.unreadable.map((each) => [each.name, each.problems[0]?.field]),
    [['newer', 'apiVersion']],
  );
});
