import test from 'ava';
import { counterOf, eventId } from '../../src/audit/event-id.ts';

test('ids sort by time and then by counter', (t) => {
  const ids = [eventId(999, 'n', 1), eventId(1_700_000_000_000, 'n', 9), eventId(1_700_000_000_000, 'n', 10)];
  t.deepEqual([...ids].sort(), ids);
});

test('the counter is read back from an id, also when the node has dashes and digits', (t) => {
  t.is(counterOf(eventId(5, 'north-2-3', 1_234_567_890)), 1_234_567_890);
  t.is(counterOf(eventId(5, '12', 7)), 7);
});

test('what is no id has no counter', (t) => {
  for (const text of ['', 'x', '123-n-1', 'north-1-000000001']) t.is(counterOf(text), undefined, text);
});
