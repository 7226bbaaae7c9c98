/**
 * Goal: an agent's use of its host is read from the right fields, whatever the process is called.
 */

import test from 'ava';
import { parseUse } from './agent-use.ts';

const ROLLUP = `55d0c0000000-7ffd00000000 ---p 00000000 00:00 0                          [rollup]
Rss:              140000 kB
Pss:               90000 kB
Pss_Dirty:         80000 kB`;

const stat = (name: string): string => `321 (${name}) S 1 321 321 0 -1 4194560 100 0 5 0 200 50 7 3 20 0 11 0 999`;

test('processor time holds that of the process and of the programs that it awaited', (t) => {
  t.deepEqual(parseUse(`${stat('node')}\n${ROLLUP}`), {
    pid: 321,
    cpuMs: 2_600,
    rssBytes: 140_000 * 1024,
    pssBytes: 90_000 * 1024,
  });
});

test('a name with spaces and parentheses moves no field', (t) => {
  t.is(parseUse(`${stat('a) S (b')}\n${ROLLUP}`).cpuMs, 2_600);
});

test('other text is refused', (t) => {
  t.throws(() => parseUse('no such process'), { instanceOf: RangeError });
});
