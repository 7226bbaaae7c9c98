/**
 * Goal: every test is counted once and as what it was, and what a failure says is shown. Method: TAP as AVA writes it.
 */

import test from 'ava';
import { TapReader } from './tap.ts';

const OUTPUT = `TAP version 13
ok 1 - core › lease › one
not ok 2 - core › lease › two
  ---
    message: Values are not equal
  ...
ok 3 - core › three # SKIP
not ok 4 - core › four # TODO
1..4

# tests 2
# pass 1`;

test('passed, failed and skipped tests are counted', (t) => {
  const reader = new TapReader();
  for (const line of OUTPUT.split('\n')) reader.read(line);
  t.deepEqual(reader.counts, { passed: 1, failed: 1, skipped: 2 });
});

test('what follows a failure is shown until the next result', (t) => {
  const reader = new TapReader();
  const shown = OUTPUT.split('\n').flatMap((line) => reader.read(line));
  t.deepEqual(shown.slice(0, 4), [
    '  failed: core › lease › two',
    '    ---',
    '      message: Values are not equal',
    '    ...',
  ]);
});
