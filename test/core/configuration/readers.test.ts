/**
 * Goal: a file is read as the service reads it, and every value's place is known. Method: one row for each rule of the
 * grammars; that the real parsers agree is asked of them in test/actuator/configuration-grammar.test.ts.
 */
import test from 'ava';
import type { ReadIni } from '../../../src/core/configuration/ini-file.ts';
import { readKeyed } from '../../../src/core/configuration/keyed-reader.ts';
import { readOslo } from '../../../src/core/configuration/oslo-reader.ts';
import { readPaste } from '../../../src/core/configuration/paste-reader.ts';

type Reader = (text: string) => ReadIni;

/** `section/name=value|continuation@line`, or the refusal. */
function shown(read: ReadIni, text: string): readonly string[] | string {
  if (!read.ok) return read.detail;
  return read.options.map(({ section, name, line, pieces }) => {
    for (const piece of pieces)
      if (!text.startsWith(piece.text, piece.start)) return `a piece of ${name} is not where it is said to be`;
    return `${section}/${name}=${pieces.map((piece) => piece.text).join('|')}@${line}`;
  });
}

const reads = test.macro({
  exec(t, reader: Reader, text: string, expected: readonly string[] | string) {
    t.deepEqual(shown(reader(text), text), expected);
  },
  title: (providedTitle) => providedTitle ?? '',
});

test('oslo: an option ends at the first = or :', reads, readOslo, '[a]\nx=1:2\ny:3=4\n', ['a/x=1:2@2', 'a/y=3=4@3']);
test('oslo: blanks around names and values do not count', reads, readOslo, '[a]\nx \t =  1 \n', ['a/x=1@2']);
test('oslo: quotes of the same kind around a value do not count', reads, readOslo, '[a]\nx="1"\ny=\'2"\nz="\n', [
  'a/x=1@2',
  'a/y=\'2"@3',
  'a/z=@4',
]);
test('oslo: a line that begins with a blank continues', reads, readOslo, '[a]\nx=1\n 2\n\t# 3\n', ['a/x=1|2|# 3@2']);
test('oslo: a blank line ends a value', reads, readOslo, '[a]\nx=1\n  \n 2\n', 'line 4: continues no option');
test('oslo: a comment ends a value', reads, readOslo, '[a]\nx=1\n# c\n 2\n', 'line 4: continues no option');
test('oslo: an option may be given twice', reads, readOslo, '[a]\nx=1\n[b]\n[a]\nx=2\n', ['a/x=1@2', 'a/x=2@5']);
test('oslo: lines may end in CR LF, CR, or not at all', reads, readOslo, '[a]\r\nx=1\ry=2', ['a/x=1@2', 'a/y=2@3']);
test('oslo: both signs begin comments', reads, readOslo, '# a\n; b\n[a]\n#x=1\n;y=1\n', []);
test('oslo: blanks of other scripts are blanks', reads, readOslo, '[a]\nx =\u00a01\u2003\n\u3000\n', ['a/x=1@2']);
test('oslo: a mark that Python does not strip stays', reads, readOslo, '[a]\nx=1\ufeff\n', ['a/x=1\ufeff@2']);
test('oslo: no option stands outside a section', reads, readOslo, 'x=1\n', 'an option stands outside any section');
test(
  'oslo: nor before the first',
  reads,
  readOslo,
  'x=1\n\n[a]\n',
  'line 2: stands after an option outside any section',
);
test('oslo: a section has a name', reads, readOslo, '[]\n', 'line 1: begins a section without a name or an end');
test('oslo: and an end', reads, readOslo, '[a] # b\n', 'line 1: begins a section without a name or an end');
test(
  'oslo: a word alone is nothing',
  reads,
  readOslo,
  '[a]\nx\n',
  'line 2: is neither a section, an option nor a comment',
);
test(
  'oslo: an option has a name',
  reads,
  readOslo,
  '[a]\n= 1\n',
  'line 2: is neither a section, an option nor a comment',
);

test('paste: what is indented deeper continues', reads, readPaste, '[a]\nx = 1\n  2\n y = 3\n', ['a/x=1|2|y = 3@2']);
test('paste: options may be indented', reads, readPaste, '[a]\n\tx = 1\n\ty = 2\n', ['a/x=1@2', 'a/y=2@3']);
test('paste: comments may be indented and end nothing', reads, readPaste, '[a]\nx = 1\n  # c\n  2\n', ['a/x=1|2@2']);
test('paste: blank lines end nothing', reads, readPaste, '[a]\nx = 1\n\n  2\n', ['a/x=1|2@2']);
test('paste: quotes are part of a value', reads, readPaste, '[a]\nx = "1"\n', ['a/x="1"@2']);
test('paste: set NAME is NAME', reads, readPaste, '[filter:a]\nset x = 1\n', ['filter:a/x=1@2']);
test('paste: a section may be followed by anything', reads, readPaste, '[a] b\nx = 1\n', ['a/x=1@2']);
test('paste: no option stands outside a section', reads, readPaste, 'x = 1\n', 'line 1: stands outside any section');
test(
  'paste: a word alone is nothing',
  reads,
  readPaste,
  '[a]\nx\n',
  'line 2: is neither a section, an option nor a comment',
);

test('keyed: a scalar of YAML, its comment left out', reads, readKeyed, 'a:\n  auth_url: http://x:5000/v3  # c\n', [
  '/a=@1',
  '/auth_url=http://x:5000/v3@2',
]);
test('keyed: quotes and exports', reads, readKeyed, '# c\nexport OS_AUTH_URL=\'http://x\'\n- b: "y" # c\n', [
  '/OS_AUTH_URL=http://x@2',
  '/b=y@3',
]);
test('keyed: what has no key has no name', reads, readKeyed, 'proxy_pass http://x:5000;\n', [
  '/=proxy_pass http://x:5000;@1',
]);
