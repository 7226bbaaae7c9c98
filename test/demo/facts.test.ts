/**
 * Goal: what the demo reads from hosts is what they say. Method: texts as kernel, HAProxy, MariaDB and Keystone write them.
 */

import test from 'ava';
import { differences } from './footprint.ts';
import { errantTransactions } from './gtid-state.ts';
import { enabledServers, isLocalIn, sessionsIn } from './host-facts.ts';
import { compare } from './ledger.ts';
import type { Sample } from './sample.ts';

const FIB_TRIE = `Local:
  +-- 192.0.2.0/24 2 0 2
     |-- 192.0.2.1
        /32 link UNICAST
     |-- 192.0.2.10
        /32 host LOCAL
`;

test('an address is carried when the kernel calls it local', (t) => {
  t.true(isLocalIn(FIB_TRIE, '192.0.2.10'));
  t.false(isLocalIn(FIB_TRIE, '192.0.2.1'));
  t.false(isLocalIn(FIB_TRIE, '192.0.2.100'));
});

const STATE = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight
4 keystone 2 north-2 192.0.2.12 2 0 1
4 keystone 1 north-1 192.0.2.11 0 0 1
4 keystone 3 south-1 198.51.100.11 0 4 1
4 keystone 4 south-2 198.51.100.12 0 5 1
4 keystone 5 south-3 198.51.100.13 0 1 1
`;

test('servers in maintenance are not in use, servers that are down are', (t) => {
  t.deepEqual(enabledServers(STATE), ['north-1', 'north-2', 'south-1']);
});

test('sessions are counted for the servers that are asked about, in their backend', (t) => {
  const stat = [
    '# pxname,svname,scur,smax,stot,status',
    'keystone,north-1,0,3,40,MAINT',
    'keystone,south-1,1,3,7,UP',
    'keystone,south-2,1,3,5,UP',
    'keystone,BACKEND,2,3,52,UP',
    'placement,south-1,1,3,900,UP',
    '',
  ].join('\n');
  t.is(sessionsIn(stat, 'keystone', ['south-1', 'south-2']), 12);
  t.is(sessionsIn(stat, 'keystone', ['south-3']), 0);
});

test('transactions that only one server has are named by their writer', (t) => {
  t.deepEqual(errantTransactions('0-12-40,0-13-57', '0-12-90,0-13-55'), ['0-13: 56..57']);
  t.deepEqual(errantTransactions('0-13-57', '0-12-90,0-13-57'), []);
  t.deepEqual(errantTransactions('0-13-2', ''), ['0-13: 1..2']);
});

test('differences name the thing, before and after', (t) => {
  t.deepEqual(differences({ a: '1', b: '2' }, { a: '1', b: '3', c: '4' }), ['b: 2 -> 3', 'c: nothing -> 4']);
});

test('an acknowledged write that is missing anywhere is lost, a refused one that is there has reappeared', (t) => {
  const write = (id: string, ok: boolean, status: number): Sample => ({
    kind: 'write',
    startMs: 0,
    endMs: 1,
    ok,
    status,
    id,
    detail: '',
  });
  const samples = [write('a', true, 201), write('b', true, 201), write('c', false, 500), write('d', false, 0)];
  const result = compare(samples, new Set(['a', 'b', 'c', 'd']), new Set(['a', 'c', 'd']));
  t.deepEqual(result, { acknowledged: 2, lost: ['b'], reappeared: ['c'] });
});

test('rows are compared as writes are; a row without an answer may be there or not', (t) => {
  const row = (id: string, ok: boolean, status: number): Sample => ({
    kind: 'row',
    startMs: 0,
    endMs: 1,
    ok,
    status,
    id,
    detail: '',
  });
  const there = new Set(['a', 'c', 'd']);
  const samples = [row('a', true, 200), row('b', true, 200), row('c', false, 1290), row('d', false, 0)];
  t.deepEqual(compare(samples, there, there), { acknowledged: 2, lost: ['b'], reappeared: ['c'] });
});
