/**
 * Goal: files are read as the services read them. Method: the parsers of oslo.config and of Python itself, in the image,
 * read the same generated files; what they refuse is not understood, what they find is found, value for value.
 */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { ReadIni } from '../../src/core/configuration/ini-file.ts';
import { readOslo } from '../../src/core/configuration/oslo-reader.ts';
import { readPaste } from '../../src/core/configuration/paste-reader.ts';
import { Lab } from '../bed/lab.ts';
import { generatedFile } from '../core/configuration/generated-files.ts';

const FILES = 1_000;
const SCRIPT = new URL('../contract/real-readers.py', import.meta.url).pathname;

type Found = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** As the real parsers answer: sections without options do not count, nor do the lines of a value that are empty. */
function comparable(found: Found | null, isLastOnly: boolean): string {
  if (found === null) return 'refused';
  const rows = Object.entries(found).flatMap(([section, options]) =>
    Object.entries(options).map(([name, values]) => {
      const texts = values.map((value) =>
        value
          .split('\n')
          .filter((line) => line !== '')
          .join('\n'),
      );
      return JSON.stringify([section, name.replace(/^set\s+/, ''), isLastOnly ? texts.slice(-1) : texts]);
    }),
  );
  return rows.toSorted().join('\n');
}

function asFound(read: ReadIni): Found | null {
  if (!read.ok) return null;
  const found: Record<string, Record<string, string[]>> = {};
  for (const { section, name, pieces } of read.options) {
    const options = found[section] ?? {};
    options[name] = [...(options[name] ?? []), pieces.map(({ text }) => text).join('\n')];
    found[section] = options;
  }
  return found;
}

test('1,000 generated files are read as oslo.config and ConfigParser read them', async (t) => {
  const lab = await Lab.start();
  t.teardown(() => lab.stop());
  const texts = fc.sample(generatedFile, { numRuns: FILES, seed: 41 });
  const questions = texts.flatMap((text) => [
    ['oslo', text],
    ['paste', text],
  ]);
  await copyFile(SCRIPT, join(lab.directory, 'real-readers.py'));
  await writeFile(join(lab.directory, 'files.json'), JSON.stringify(questions));
  const answer = await lab.run([
    '/bin/sh',
    '-c',
    'python3 /lab/real-readers.py </lab/files.json >/lab/found.json && cat /lab/found.json',
  ]);
  const answers = JSON.parse(answer) as readonly (Found | null)[];
  let understood = 0;
  for (const [index, text] of texts.entries()) {
    const oslo = asFound(readOslo(text));
    understood += oslo === null ? 0 : 1;
    const seen = [comparable(oslo, false), comparable(asFound(readPaste(text)), true)];
    const real = [comparable(answers[index * 2] ?? null, false), comparable(answers[index * 2 + 1] ?? null, true)];
    if (!t.deepEqual(seen, real, JSON.stringify(text))) return;
  }
  t.true(understood > FILES / 2);
});
