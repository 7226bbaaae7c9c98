import test from 'ava';
import { formatEvent, plain } from '../../src/audit/format.ts';
import { keptEvent } from './events.ts';

test('a line has the time, the severity, the node, the name and the sentence, in columns', (t) => {
  t.is(
    formatEvent(keptEvent()),
    '2023-11-14T22:13:20.000Z warning  north-1 vip:node:unfit north-vip: north-1 is unfit (cause: haproxy failed for 3000 ms)',
  );
});

test('a line names refusal, observers, epoch, policy revision and facts when there are any', (t) => {
  const event = keptEvent({
    refusal: 'Cooldown',
    observers: ['a', 'b'],
    epoch: 7n,
    policyRevision: 45n,
    facts: { lossMs: 0, lost: ['x', 'y'], candidate: null },
  });
  t.true(
    formatEvent(event).endsWith(
      '; refused by Cooldown; seen by a, b; epoch 7; policy revision 45; lossMs 0; lost x, y; candidate -)',
    ),
  );
});

test('an empty list is said in words', (t) => {
  const event = keptEvent({ observers: [], facts: { failed: [] } });
  t.true(formatEvent(event).endsWith('; seen by nobody; failed -)'));
});

test('a line stays one line', (t) => {
  t.notRegex(formatEvent(keptEvent({ message: 'a\nb\r\nc\td' })), /[\r\n\t]/);
});

test('paint gets the severity and wraps the parts', (t) => {
  const paint = { ...plain, severity: (severity: string, text: string) => `<${severity}>${text}</>` };
  t.true(formatEvent(keptEvent({ severity: 'critical' }), paint).includes('<critical>critical</>'));
});
