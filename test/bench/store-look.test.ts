/**
 * Goal: a write to a store cannot be missed, and its key is named.
 */

import test from 'ava';
import { changedKeys, parseLook, type StoreLook } from './store-look.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const aLook = (revision: number, keys: Readonly<Record<string, number>>): StoreLook =>
  parseLook(
    'north',
    JSON.stringify({
      header: { cluster_id: 1, revision },
      kvs: Object.entries(keys).map(([key, mod_revision]) => ({ key: base64(key), mod_revision, version: 1 })),
    }),
  );

test('revision and keys are read from what etcdctl prints', (t) => {
  const look = aLook(12, { '/regent/v1/nodes/north-1': 4 });
  t.is(look.revision, 12);
  t.deepEqual([...look.keys], [['/regent/v1/nodes/north-1', 4]]);
});

test('an empty store has a revision as well', (t) => {
  t.is(parseLook('north', '{"header":{"revision":1}}').keys.size, 0);
});

test('something else than an answer is refused', (t) => {
  t.throws(() => parseLook('north', '{}'));
});

test('keys that were written, made or deleted are named, others are not', (t) => {
  const before = aLook(10, { '/a': 3, '/b': 10, '/c': 5 });
  const after = aLook(14, { '/a': 11, '/b': 10, '/d': 12 });
  t.deepEqual(changedKeys(before, after), ['/a written', '/d written', '/c gone']);
  t.deepEqual(changedKeys(before, before), []);
});
