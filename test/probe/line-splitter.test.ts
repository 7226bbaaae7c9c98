import test from 'ava';
import { LineSplitter } from '../../src/probe/line-splitter.ts';

const split = test.macro((t, pieces: readonly string[], expected: readonly string[]) => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(piece);
  t.deepEqual(lines, [...expected]);
});

test('lines that arrive together are told one by one', split, ['a\nb\nc'], ['a', 'b']);
test('a line that arrives in pieces is told once it is whole', split, ['INST', 'ANCE', ' x\nnext'], ['INSTANCE x']);
test('a break that arrives alone ends a line', split, ['a', '\n', '\n'], ['a', '']);
test('a line that never ends is dropped, with its rest', split, ['x'.repeat(5000), 'rest', '\nb\n'], ['b']);
test('a line that is too long at once is dropped', split, [`a\n${'x'.repeat(5000)}\nb\n`], ['a', 'b']);
