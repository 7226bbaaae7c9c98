import test from 'ava';
import { Malformed } from '../../src/store/errors.ts';
import * as schema from '../../src/store/schema.ts';

const KEY = '/regent/v1/test';

test('a record comes back as it went in, with its format in front', (t) => {
  const node = {
    region: 'north',
    roles: ['api', 'db'] as const,
    addresses: ['192.0.2.11'],
    version: '1',
    bootId: 'b',
    http: null,
  };
  const text = schema.nodeRecord.encode(node);
  t.true(text.startsWith('{"format":1,'));
  t.deepEqual(schema.nodeRecord.decode(KEY, text), node);
});

test('an epoch beyond the precision of numbers is not rounded', (t) => {
  const decision = { epoch: 9_007_199_254_740_993n, policyRevision: 2n, spec: { nodes: ['a'] } };
  const text = schema.desiredRecord.encode(decision);
  t.regex(text, /"epoch":"9007199254740993"/);
  t.deepEqual(schema.desiredRecord.decode(KEY, text), decision);
});

interface Row {
  readonly name: string;
  readonly text: string;
  readonly message: RegExp;
}

const malformed = test.macro({
  title: (_, row: Row) => row.name,
  exec: (t, row: Row) => {
    const error = t.throws(() => schema.leaderRecord.decode(KEY, row.text), { instanceOf: Malformed });
    t.is(error?.key, KEY);
    t.regex(error?.message ?? '', row.message);
    t.regex(error?.remedy ?? '', /holds, it does not act/);
    t.false(schema.leaderRecord.read(KEY, row.text).ok);
  },
});
test(malformed, {
  name: 'a newer format is named, with what to do',
  text: '{"format":2}',
  message: /format 2, this version reads 1; upgrade/,
});
test(malformed, {
  name: 'a value without a format is refused',
  text: '{"node":"a","region":"b","bootId":"c"}',
  message: /format undefined/,
});
test(malformed, { name: 'a value that is not JSON is refused', text: 'hello', message: /not JSON/ });
test(malformed, { name: 'a value that is not an object is refused', text: '[1]', message: /not a JSON object/ });
test(malformed, {
  name: 'a field of the wrong type is named',
  text: '{"format":1,"node":5,"region":"b","bootId":"c"}',
  message: /node: /,
});

test('a field that this version does not know is ignored', (t) => {
  const text = '{"format":1,"node":"a","region":"b","bootId":"c","later":true}';
  t.deepEqual(schema.leaderRecord.decode(KEY, text), { node: 'a', region: 'b', bootId: 'c' });
});

test('a decision without a spec is refused', (t) => {
  t.false(schema.desiredRecord.read(KEY, '{"format":1,"epoch":"1","policyRevision":"1"}').ok);
});
