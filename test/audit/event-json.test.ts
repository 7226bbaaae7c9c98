import test from 'ava';
import { eventText, readEvent } from '../../src/audit/event-json.ts';
import { keptEvent } from './events.ts';

const full = keptEvent({
  refusal: 'Cooldown',
  observers: ['north-1', 'north-2'],
  policyRevision: 9_007_199_254_740_993n,
  epoch: 12n,
  facts: { lagMs: 3, reason: null, peers: ['a', 'b'] },
});

test('an event comes back as it was written, with revisions beyond what a number holds', (t) => {
  t.deepEqual(readEvent(full.id, eventText(full)), { ok: true, event: full });
  const plain = keptEvent();
  t.deepEqual(readEvent(plain.id, eventText(plain)), { ok: true, event: plain });
});

test('an event is one line whatever its sentences hold', (t) => {
  t.false(eventText(keptEvent({ message: 'two\nlines' })).includes('\n'));
});

test('an event with a name that only a newer version knows is still shown', (t) => {
  const text = eventText(keptEvent()).replace('vip:node:unfit', 'vip:node:teleported');
  const found = readEvent('x', text);
  t.true(found.ok && found.event.name === 'vip:node:teleported');
});

test('a text that is no event is a problem with its key, not an exception', (t) => {
  for (const text of ['', '{', '{"format":1}', '{"format":1,"event":{"id":"x"}}', '{"format":2,"event":{}}']) {
    const found = readEvent('some-id', text);
    t.true(!found.ok && found.problem.key.endsWith('/some-id'), text);
  }
});
