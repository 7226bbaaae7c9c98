/** Goal: the end of a soak is enough to know what happened and to repeat it. Method: its lines from a few rows. */

import test from 'ava';
import { soakLines } from './soak-lines.ts';

const held = { name: 'agent-killed', acked: 700, ackedLost: 0, dualWritableMs: 0 };

test('faults by name, what was acknowledged and lost, and how to repeat it', (t) => {
  t.deepEqual(
    soakLines([held, { ...held, name: 'host-frozen', acked: 20, ackedLost: 1, dualWritableMs: 100 }], {
      minutes: 8,
      seed: 11,
    }),
    [
      '2 faults: agent-killed, host-frozen',
      '720 rows acknowledged, 1 of them lost, 100 ms with two writers',
      'the same again: npm run bed -- soak --minutes 8 --seed 11',
    ],
  );
});

test('what could not be looked at is not counted as nothing', (t) => {
  const [, line] = soakLines([held, { ...held, ackedLost: null }], { minutes: 1, seed: 1 });
  t.regex(line ?? '', /0 or more of them lost/);
});

test('a soak in which nothing ran says so', (t) => {
  t.is(soakLines([], { minutes: 1, seed: 1 })[0], '0 faults: none');
});
