/** Who would answer a commit: the writer that counts as a second one. */
import test from 'ava';
import { takingWrites, type WritableLook } from './writable.ts';

const look = (host: string, differs: Partial<WritableLook> = {}): WritableLook => ({
  host,
  address: `at ${host}`,
  isOpen: false,
  waitsForReplica: true,
  sources: [],
  ...differs,
});
const follows = (host: string, source: string) => look(host, { sources: [`at ${source}`] });

test('one that waits for a replica needs somebody who receives from it', (t) => {
  const thawed = look('old', { isOpen: true });
  const primary = look('new', { isOpen: true });
  t.deepEqual(takingWrites([thawed, primary, follows('replica', 'new')]), ['new']);
  t.deepEqual(takingWrites([thawed, primary, follows('a', 'new'), follows('b', 'old')]), ['old', 'new']);
});

test('one that waits for nobody takes writes as soon as it is open', (t) => {
  t.deepEqual(takingWrites([look('old', { isOpen: true, waitsForReplica: false }), look('replica')]), ['old']);
  t.deepEqual(takingWrites([look('old', { waitsForReplica: false })]), []);
});

test('who says nothing may acknowledge anybody', (t) => {
  t.deepEqual(takingWrites([look('old', { isOpen: true }), look('silent', { sources: undefined })]), ['old']);
});

test('nobody acknowledges himself', (t) => {
  t.deepEqual(takingWrites([look('old', { isOpen: true, sources: undefined })]), []);
});
