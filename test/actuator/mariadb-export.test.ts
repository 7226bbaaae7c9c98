/** Errant transactions of a real server are exported whole, once, and again if it was cut off. */
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { pipeCommand } from '../../src/actuator/command.ts';
import { MariadbExport } from '../../src/actuator/mariadb-export.ts';
import type { Errant } from '../../src/core/database/gtid.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { connectApp, connectRegent, type LabDatabase, MariadbLab, REGENT } from '../contract/mariadb-lab.ts';

const PROGRAM = '/usr/bin/mariadb-binlog';
const never = new AbortController().signal;
const range: Errant = { domain: 0, serverId: 101, seq: 5n, knownSeq: 2n };

let lab: MariadbLab;
let database: LabDatabase;

test.before(async () => {
  lab = await MariadbLab.start();
  database = await lab.create('errant', 101, 3311);
  const regent = await connectRegent(database);
  await regent.query('SET GLOBAL read_only=0');
  const app = await connectApp(database);
  for (const value of ['shared 1', 'shared 2', 'errant 3']) await app.query('INSERT INTO t (v) VALUES (?)', [value]);
  await regent.query('FLUSH BINARY LOGS');
  await app.query("UPDATE t SET v = 'errant 4' WHERE v = 'shared 1'");
  await app.query('CREATE TABLE errant5 (id INT PRIMARY KEY)');
  await app.query("INSERT INTO t (v) VALUES ('later')");
  await regent.end();
  await app.end();
});
test.after.always(() => lab.stop());

async function exporter(difference: { bytesMax?: number; grants?: readonly string[] } = {}) {
  const directory = join(await mkdtemp(join(tmpdir(), 'regent-export-')), 'keystone');
  const { grants: commands = [PROGRAM], ...rest } = difference;
  const made = new MariadbExport({
    socketPath: database.socketPath,
    ...REGENT,
    ...rest,
    directory,
    program: PROGRAM,
    grants: grantsOf({ files: [], units: [], addresses: [], haproxy: null, commands }),
    // The program and the logs are the lab's.
    pipe: (argv, options) => pipeCommand(['/usr/sbin/chroot', lab.lab.pathOf('/'), ...argv], options),
  });
  return { directory, made };
}

test('what the primary does not have is exported, across the logs, and nothing else', async (t) => {
  const { directory, made } = await exporter();
  const found = await made.run(range, Date.UTC(2026, 0, 2, 3, 4, 5), never);
  t.like(found, { transactions: 3, schemaChanges: 1, incomplete: '', gtids: ['0-101-3', '0-101-4', '0-101-5'] });
  t.deepEqual(found.tables, [{ table: 'app.t', inserted: 1, updated: 1, deleted: 0 }]);
  t.is(found.file, join(directory, '2026-01-02T030405Z-0-101-5.sql'));
  const text = await readFile(found.file, 'utf8');
  t.regex(text, /errant 3[\s\S]*errant 4[\s\S]*CREATE TABLE errant5/);
  t.notRegex(text, /shared 2|later/);
  t.is((await stat(found.file)).mode & 0o777, 0o600);
  t.is((await stat(directory)).mode & 0o777, 0o700);
});

test('a range is found again, another one is not', async (t) => {
  const { directory, made } = await exporter();
  t.is(await made.find(range), undefined);
  const note = await made.run(range, 0, never);
  t.deepEqual(await made.find(range), note);
  t.is(await made.find({ ...range, knownSeq: 1n }), undefined);
  t.is((await readdir(directory)).length, 2);
});

test('a server without any shared transaction is exported from its beginning', async (t) => {
  const { made } = await exporter();
  const { gtids } = await made.run({ ...range, knownSeq: 0n }, 0, never);
  t.deepEqual(gtids, ['0-101-1', '0-101-2', '0-101-3', '0-101-4', '0-101-5']);
});

test('what is too large is kept up to the bound, and says so', async (t) => {
  const { made } = await exporter({ bytesMax: 2_000 });
  const note = await made.run(range, 0, never);
  t.is(note.incomplete, 'it ends after 2000 bytes');
});

test('a note that was cut off is no note', async (t) => {
  const { directory, made } = await exporter();
  const { file } = await made.run(range, 0, never);
  await writeFile(file.replace('.sql', '.json'), '{"format":1,"un');
  t.is(await made.find(range), undefined);
  t.deepEqual(
    (await readdir(directory)).filter((name) => name.startsWith('.')),
    [],
  );
});

test('transactions that no log has are an error, not an empty file', async (t) => {
  const { directory, made } = await exporter();
  await t.throwsAsync(made.run({ ...range, serverId: 7, knownSeq: 0n }, 0, never), { code: 'BinlogsPurged' });
  await t.throwsAsync(made.run({ ...range, seq: 99n, knownSeq: 90n }, 0, never), { code: 'ExportFailed' });
  t.deepEqual(await readdir(directory), []);
});

test('a program that is not granted is not run', async (t) => {
  const { made } = await exporter({ grants: [] });
  await t.throwsAsync(made.run(range, 0, never), { code: 'NotGranted' });
});
