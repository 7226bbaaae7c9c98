/** Notes in a file: what is written is read again, and what is torn is an error. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { FileNotes, isAnyQuarantined, noNotes } from '../../../src/runtime/duty/member-notes.ts';

const test = anyTest as TestFn<{ readonly directory: string; readonly path: string }>;

test.beforeEach(async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-notes-'));
  t.context = { directory, path: join(directory, 'database', 'keystone.json') };
});
test.afterEach.always((t) => rm(t.context.directory, { recursive: true }));

test('a node without notes has seen nothing', async (t) => {
  t.deepEqual(await new FileNotes(t.context.path).read(), {
    highestTerm: 0n,
    quarantinedAt: undefined,
    followedTerm: undefined,
  });
});

test('notes are read again by the next process, also terms that no number holds', async (t) => {
  const notes = { highestTerm: 9_007_199_254_740_993n, quarantinedAt: 12n, followedTerm: 11n };
  await new FileNotes(t.context.path).write(notes);
  t.deepEqual(await new FileNotes(t.context.path).read(), notes);
  await new FileNotes(t.context.path).write({ highestTerm: 8n, quarantinedAt: undefined, followedTerm: undefined });
  t.deepEqual(await new FileNotes(t.context.path).read(), {
    highestTerm: 8n,
    quarantinedAt: undefined,
    followedTerm: undefined,
  });
});

test('notes without the last term are those of a version before it was noted', async (t) => {
  await new FileNotes(t.context.path).write(noNotes);
  await writeFile(t.context.path, JSON.stringify(good));
  t.deepEqual(await new FileNotes(t.context.path).read(), { ...noNotes, highestTerm: 5n });
});

test('the file is private and nothing is left beside it', async (t) => {
  const notes = new FileNotes(t.context.path);
  await notes.write({ highestTerm: 1n, quarantinedAt: undefined, followedTerm: undefined });
  t.is((await stat(t.context.path)).mode & 0o777, 0o600);
  t.deepEqual(await readdir(join(t.context.directory, 'database')), ['keystone.json']);
});

test('notes that cannot be written whole leave the old ones', async (t) => {
  const notes = new FileNotes(t.context.path);
  await notes.write({ highestTerm: 1n, quarantinedAt: undefined, followedTerm: undefined });
  await writeFile(`${t.context.path}.new`, 'torn');
  t.deepEqual(
    await notes.read(),
    { highestTerm: 1n, quarantinedAt: undefined, followedTerm: undefined },
    'a torn new file is not read',
  );
  await notes.write({ highestTerm: 2n, quarantinedAt: undefined, followedTerm: undefined });
  t.is(JSON.parse(await readFile(t.context.path, 'utf8')).highestTerm, '2');
});

const good = { format: 1, highestTerm: '5', quarantinedAt: null };
const refuses = test.macro(async (t, text: string) => {
  const notes = new FileNotes(t.context.path);
  await notes.write({ highestTerm: 1n, quarantinedAt: undefined, followedTerm: undefined });
  await writeFile(t.context.path, text);
  await t.throwsAsync(notes.read());
});

test('a torn file is an error', refuses, JSON.stringify(good).slice(0, -4));
test('an empty file is an error', refuses, '');
test('a file of another format is an error', refuses, JSON.stringify({ ...good, format: 2 }));
test('a file with more than is known is an error', refuses, JSON.stringify({ ...good, more: 1 }));
test('a term that is no number is an error', refuses, JSON.stringify({ ...good, highestTerm: '-1' }));
test('a quarantine that is no number is an error', refuses, JSON.stringify({ ...good, quarantinedAt: 'x' }));

test('a path that cannot be read is an error, not an absence', async (t) => {
  await writeFile(join(t.context.directory, 'file'), '');
  await t.throwsAsync(new FileNotes(join(t.context.directory, 'file', 'keystone.json')).read(), { code: 'ENOTDIR' });
});

test('a quarantine is known by what is on disk, and nothing that cannot be read is taken for none', async (t) => {
  const directory = join(t.context.directory, 'database');
  t.false(await isAnyQuarantined(directory), 'no notes yet');
  await new FileNotes(t.context.path).write(noNotes);
  t.false(await isAnyQuarantined(directory));
  await new FileNotes(join(directory, 'other.json')).write({ ...noNotes, quarantinedAt: 7n });
  t.true(await isAnyQuarantined(directory));
  await writeFile(t.context.path, '{');
  await t.throwsAsync(isAnyQuarantined(directory));
});
