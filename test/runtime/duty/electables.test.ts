/** Which lists may stand in the store: nothing that was tried is forgotten before it is known not to come. */
import test from 'ava';
import { Electables } from '../../../src/runtime/duty/electables.ts';
import { steady } from './a-database.ts';

const seen = (stateRevision: bigint, ...electable: string[]) => ({ stateRevision, state: { ...steady, electable } });

test('nothing is known before the first look', (t) => {
  t.deepEqual(new Electables().lists, []);
});

test('a write counts from before it is sent, until another revision is seen', (t) => {
  const electables = new Electables();
  electables.saw(seen(5n, 'a'));
  electables.tries(seen(5n, 'a'), { electable: ['a', 'b'] });
  t.deepEqual(electables.lists, [['a'], ['a', 'b']]);
  electables.saw(seen(5n, 'a'));
  t.deepEqual(electables.lists, [['a'], ['a', 'b']], 'the same revision says nothing about it');
  electables.saw(seen(6n, 'c'));
  t.deepEqual(electables.lists, [['c']]);
});

test('a state that cannot be read changes nothing', (t) => {
  const electables = new Electables();
  electables.saw(seen(5n, 'a'));
  electables.saw({ stateRevision: 6n, state: undefined });
  t.deepEqual(electables.lists, [['a']]);
});
