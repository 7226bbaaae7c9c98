/**
 * Goal: whatever a file looks like, an edit and its undo give the same bytes, and an edit changes nothing but the names of
 * Keystones. Method: 1,000 generated files for each grammar.
 */
import { Buffer } from 'node:buffer';
import test from 'ava';
import fc from 'fast-check';
import { applyEdits, undoOf } from '../../../src/core/configuration/edit.ts';
import { judgeFile } from '../../../src/core/configuration/file-judgement.ts';
import { type KeystoneBase, parseKeystoneBase } from '../../../src/core/configuration/keystone-url.ts';
import { serviceRow } from '../../../src/core/configuration/service-table.ts';
import { generatedFile, HOME, OWN } from './generated-files.ts';

const FILES = 1_000;

function base(text: string): KeystoneBase {
  const parsed = parseKeystoneBase(text);
  if (parsed === undefined) throw new Error(`no base: ${text}`);
  return parsed;
}

const row = serviceRow('heat');

/** Of the generated files, those that must have something to edit: few lines of an INI file are lines of a shell script. */
const EDITED_MIN = { oslo: 600, paste: 450, keyed: 150 };

for (const format of ['oslo', 'paste', 'keyed'] as const)
  test(`${format}: ${FILES} generated files are edited, and undone to the same bytes`, (t) => {
    if (row === undefined) return t.fail();
    const wanted = { from: [base(HOME), base(OWN)], to: base(OWN) };
    const seen = { understood: 0, edited: 0 };
    fc.assert(
      fc.property(generatedFile, (text) => {
        const { edits, notUnderstood } = judgeFile(row, format, text, wanted);
        const edited = applyEdits(text, edits);
        seen.understood += notUnderstood === undefined ? 1 : 0;
        seen.edited += edits.length > 0 ? 1 : 0;
        const undone = applyEdits(edited, undoOf(edits));
        if (!Buffer.from(undone).equals(Buffer.from(text))) return false;
        const isOnlyKeystones = edits.every(({ before }) => before.toLowerCase() === HOME || before === '192.0.2.10');
        return isOnlyKeystones && judgeFile(row, format, edited, wanted).edits.length === 0;
      }),
      { numRuns: FILES, seed: 20_261_122 },
    );
    t.true(seen.understood > FILES * 0.6, `${seen.understood} files are understood`);
    t.true(seen.edited > EDITED_MIN[format], `${seen.edited} files are edited`);
  });

test('an edit of another text is refused', (t) => {
  t.throws(() => applyEdits('abc', [{ start: 1, before: 'x', after: 'y' }]), { instanceOf: RangeError });
  const twice = [
    { start: 0, before: 'ab', after: 'x' },
    { start: 1, before: 'b', after: 'y' },
  ];
  t.throws(() => applyEdits('abc', twice), { instanceOf: RangeError });
});
