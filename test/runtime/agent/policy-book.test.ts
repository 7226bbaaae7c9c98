/** The policies in force, and the names of those that cannot be read. */
import test from 'ava';
import { PolicyBook } from '../../../src/runtime/agent/policy-book.ts';
import { acceptedKey, policyKey, rejectedKey } from '../../../src/store/keys.ts';
import { acceptedRecord } from '../../../src/store/schema.ts';
import { DATABASE, IDENTITY, VIP } from '../../policy/a-world.ts';
import { AStore, AView } from '../duty/a-store.ts';

function aBook() {
  const stored = new AStore();
  const problems: string[] = [];
  const book = new PolicyBook(new AView(stored), (detail) => problems.push(detail));
  return { stored, problems, book };
}

const accept = (stored: AStore, name: string, text: string, revision = 7n) =>
  stored.put(acceptedKey(name), acceptedRecord.encode({ text, revision, isRetired: false }));
const names = (book: PolicyBook) => book.all().map(({ policy }) => policy.name);

test('what is accepted is in force, with the revision of its text', (t) => {
  const { stored, book } = aBook();
  accept(stored, 'vip', VIP);
  accept(stored, 'keystone', DATABASE, 9n);
  t.deepEqual(
    book.all().map(({ policy, revision }) => [policy.kind, policy.name, revision]),
    [
      ['DatabaseFailover', 'keystone', 9n],
      ['VirtualAddress', 'vip', 7n],
    ],
  );
  t.deepEqual(book.unreadable(), []);
});

test('what was only put is not in force', (t) => {
  const { stored, book } = aBook();
  stored.put(policyKey('vip'), VIP);
  stored.put(rejectedKey('vip'), 'broken');
  t.deepEqual(book.all(), []);
  t.deepEqual(book.unreadable(), []);
});

test('policies are found by kind, and databases by name', (t) => {
  const { stored, book } = aBook();
  accept(stored, 'vip', VIP);
  accept(stored, 'identity', IDENTITY);
  accept(stored, 'keystone', DATABASE);
  t.deepEqual(
    book.ofKind('IdentityRoute').map(({ policy }) => policy.name),
    ['identity'],
  );
  t.is(book.database('keystone')?.policy.kind, 'DatabaseFailover');
  t.is(book.database('identity'), undefined);
  t.is(book.database('nova'), undefined);
});

test('an edit is followed, and a policy that is gone is gone', (t) => {
  const { stored, book } = aBook();
  accept(stored, 'vip', VIP);
  const [before] = book.ofKind('VirtualAddress');
  accept(stored, 'vip', VIP.replace('host0', 'host1'), 8n);
  const [after] = book.ofKind('VirtualAddress');
  t.deepEqual([before?.policy.interface, after?.policy.interface], ['host0', 'host1']);
  t.is(after?.revision, 8n);
  stored.delete(acceptedKey('vip'));
  t.deepEqual(names(book), []);
});

test('a text is parsed once: the same policy is the same object', (t) => {
  const { stored, book } = aBook();
  accept(stored, 'vip', VIP);
  const [before] = book.all();
  accept(stored, 'other', VIP);
  t.true(book.all().includes(before ?? { policy: { name: '' } as never, revision: 0n }));
});

const UNREADABLE = [
  [
    'a text of a newer version',
    acceptedRecord.encode({ text: VIP.replace('regent/v1', 'regent/v2'), revision: 7n, isRetired: false }),
  ],
  ['a record of a newer format', '{"format":2}'],
  ['a broken record', 'broken'],
] as const;
for (const [what, value] of UNREADABLE) {
  test(`${what} is not in force here, but its name is known, and it is told once`, (t) => {
    const { stored, book, problems } = aBook();
    accept(stored, 'keystone', DATABASE);
    stored.put(acceptedKey('vip'), value);
    t.deepEqual(names(book), ['keystone']);
    t.deepEqual(book.unreadable(), ['vip']);
    t.deepEqual(names(book), ['keystone']);
    t.is(problems.length, 1);
    t.true(problems[0]?.includes(acceptedKey('vip')));
  });
}

test('what is repaired is in force, and its name is not among the unreadable ones any more', (t) => {
  const { stored, book } = aBook();
  stored.put(acceptedKey('vip'), 'broken');
  t.deepEqual(book.unreadable(), ['vip']);
  accept(stored, 'vip', VIP);
  t.deepEqual(book.unreadable(), []);
  t.deepEqual(names(book), ['vip']);
});

test('what is unreadable and then deleted is not held on to', (t) => {
  const { stored, book } = aBook();
  stored.put(acceptedKey('vip'), 'broken');
  book.all();
  stored.delete(acceptedKey('vip'));
  t.deepEqual(book.unreadable(), []);
});

test('a retired policy only observes', (t) => {
  const stored = new AStore();
  stored.put(acceptedKey('vip'), acceptedRecord.encode({ text: VIP, revision: 3n, isRetired: true }));
  const book = new PolicyBook({ entries: () => stored.cluster.state.list('/') }, () => t.fail());
  t.like(book.all()[0], { revision: 3n, policy: { name: 'vip', mode: 'observe' } });
});
