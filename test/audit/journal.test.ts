import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { eventId } from '../../src/audit/event-id.ts';
import { eventText } from '../../src/audit/event-json.ts';
import { Journal, type JournalOptions } from '../../src/audit/journal.ts';
import type { JournalLine } from '../../src/audit/journal-files.ts';
import { keptEvent } from './events.ts';

function line(counter: number): JournalLine {
  const id = eventId(1_700_000_000_000, 'north-1', counter);
  return { counter, id, text: eventText(keptEvent({ id })) };
}

async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'regent-journal-'));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

async function opened(path: string, options: Partial<JournalOptions> = {}): Promise<Journal> {
  const journal = new Journal({ directory: path, onDamage: () => {}, ...options });
  await journal.open();
  return journal;
}

const append = async (journal: Journal, count: number) => {
  for (let index = 0; index < count; index += 1) await journal.append(line(journal.takeCounter()));
};

const counters = (lines: readonly JournalLine[]) => lines.map((each) => each.counter);

test('what was appended is read back by the next process, in order, and counters go on', async (t) => {
  const path = await directory(t);
  const first = await opened(path);
  await Promise.all([1, 2, 3].map(() => first.append(line(first.takeCounter()))));
  await first.close();
  const second = await opened(path);
  t.deepEqual(await second.readAfter(1, 10), [line(2), line(3)]);
  t.deepEqual(await second.readAfter(0, 2), [line(1), line(2)]);
  t.is(second.takeCounter(), 4);
});

test('a torn last line is cut off, and the next event does not run into it', async (t) => {
  const path = await directory(t);
  const first = await opened(path);
  await append(first, 2);
  await first.close();
  await appendFile(join(path, 'events.jsonl'), line(3).text.slice(0, 40));
  const damage: string[] = [];
  const second = await opened(path, { onDamage: (detail) => damage.push(detail) });
  t.is(second.takeCounter(), 3);
  await second.append(line(3));
  t.deepEqual(counters(await second.readAfter(0, 10)), [1, 2, 3]);
  t.deepEqual(damage, [], 'a torn line was never acknowledged: it is no damage');
});

test('a damaged line in the middle is reported and costs only itself', async (t) => {
  const path = await directory(t);
  await writeFile(join(path, 'events.jsonl'), `${line(1).text}\nnonsense\n${line(3).text}\n`);
  const damage: string[] = [];
  const journal = await opened(path, { onDamage: (detail) => damage.push(detail) });
  t.deepEqual(counters(await journal.readAfter(0, 10)), [1, 3]);
  t.regex(damage[0] ?? '', /1 line/);
});

test('the cursor survives a restart and never falls', async (t) => {
  const path = await directory(t);
  const first = await opened(path);
  await append(first, 3);
  await first.markShipped(2);
  await first.markShipped(1);
  await first.close();
  t.is((await opened(path)).shipped, 2);
});

test('counters do not start anew when only the cursor is left', async (t) => {
  const path = await directory(t);
  await writeFile(join(path, 'events.shipped'), '41\n');
  t.is((await opened(path)).takeCounter(), 42);
});

test('files are closed at their size; shipped ones go first, and reading crosses files', async (t) => {
  const path = await directory(t);
  const journal = await opened(path, { fileBytesMax: 1, filesMax: 2, unshippedFilesMax: 4 });
  await append(journal, 3);
  t.deepEqual(counters(await journal.readAfter(0, 10)), [1, 2, 3]);
  await journal.markShipped(3);
  await append(journal, 1);
  t.deepEqual(counters(await journal.readAfter(0, 10)), [3, 4]);
});

test('unshipped files are kept until the hard bound, and giving one up is said', async (t) => {
  const path = await directory(t);
  const damage: string[] = [];
  const onDamage = (detail: string) => damage.push(detail);
  const journal = await opened(path, { fileBytesMax: 1, filesMax: 1, unshippedFilesMax: 3, onDamage });
  await append(journal, 3);
  t.deepEqual(damage, []);
  await append(journal, 1);
  t.deepEqual(counters(await journal.readAfter(0, 10)), [2, 3, 4]);
  t.is(damage.length, 1);
  t.regex(damage[0] ?? '', /events-000000001\.jsonl/);
});

test('counters go on after a rotation that left no current file', async (t) => {
  const path = await directory(t);
  const first = await opened(path, { fileBytesMax: 1 });
  await append(first, 2);
  await first.close();
  t.false((await readdir(path)).includes('events.jsonl'));
  t.is((await opened(path)).takeCounter(), 3);
});

test('a directory that cannot be used is an error value of this file, and an append heals with the disk', async (t) => {
  const path = await directory(t);
  const inTheWay = join(path, 'state');
  await writeFile(inTheWay, '');
  const journal = new Journal({ directory: inTheWay, onDamage: () => {} });
  await t.throwsAsync(journal.open(), { code: 'JournalFailed' });
  await t.throwsAsync(journal.append(line(journal.takeCounter())), { code: 'JournalFailed' });
  await rm(inTheWay);
  await journal.append(line(journal.takeCounter()));
  t.is(await readFile(join(inTheWay, 'events.jsonl'), 'utf8'), `${line(2).text}\n`);
});

test('a journal that could not be opened at first does not overwrite what is there', async (t) => {
  const path = await directory(t);
  const first = await opened(path);
  await append(first, 2);
  await first.close();
  const second = new Journal({ directory: path, onDamage: () => {} });
  await second.append(line(9));
  t.deepEqual(counters(await second.readAfter(0, 10)), [1, 2, 9]);
});
