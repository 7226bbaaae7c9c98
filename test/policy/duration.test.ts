import test from 'ava';
import fc from 'fast-check';
import { DURATION, durationMs, durationText } from '../../src/policy/duration.ts';

const means = test.macro({
  exec: (t, text: string, valueMs: number) => {
    t.regex(text, DURATION);
    t.is(durationMs(text), valueMs);
  },
  title: (_, text, valueMs) => `${text} is ${valueMs} ms`,
});

test(means, '0s', 0);
test(means, '100ms', 100);
test(means, '15s', 15_000);
test(means, '2m', 120_000);
test(means, '1h', 3_600_000);

const isNone = test.macro({
  exec: (t, text: string) => t.notRegex(text, DURATION),
  title: (_, text) => `${JSON.stringify(text)} is no duration`,
});

for (const text of [
  '',
  '5',
  '05s',
  '1.5s',
  '-1s',
  '5 s',
  '5S',
  '5s ',
  '5s\n',
  '5d',
  '1m30s',
  's',
  '1e3s',
  '9999999999s',
])
  test(isNone, text);

test('what is written for a duration means that duration again', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (valueMs) => durationMs(durationText(valueMs)) === valueMs),
  );
  t.deepEqual([600, 1000, 60_000, 90_000, 120_000, 7_200_000].map(durationText), [
    '600ms',
    '1s',
    '60s',
    '90s',
    '2m',
    '2h',
  ]);
});
