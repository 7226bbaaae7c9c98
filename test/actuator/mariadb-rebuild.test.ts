/**
 * A server with errant transactions gets a copy of a real primary's data by the three adapters of a rebuild, and follows;
 * and it gets its old data back when the way is turned.
 */
import { chmod, readdir, stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import test from 'ava';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { pipeCommand } from '../../src/actuator/command.ts';
import { MariadbBackup } from '../../src/actuator/mariadb-backup.ts';
import { MariadbDataDirectory } from '../../src/actuator/mariadb-data-directory.ts';
import { setCopiedPosition } from '../../src/actuator/mariadb-position.ts';
import { MariadbServer } from '../../src/actuator/mariadb-server.ts';
import { grantsOf } from '../../src/core/grants.ts';
import {
  connectApp,
  connectRegent,
  LAB_GRANTS,
  type LabDatabase,
  MariadbLab,
  REGENT,
  REPLICATION,
} from '../contract/mariadb-lab.ts';

const PROGRAMS = { backup: '/usr/bin/mariadb-backup', unpack: '/usr/bin/mbstream' };
const FORMER = ['--init-rpl-role=SLAVE', '--rpl-semi-sync-slave-enabled=1'];
const never = new AbortController().signal;

let lab: MariadbLab;
test.before(async () => {
  lab = await MariadbLab.start();
  await chmod(lab.lab.directory, 0o755);
});
test.after.always(() => lab.stop());

/** Programs run inside the lab, where its directory has another name. */
const inLab: typeof pipeCommand = (argv, options) =>
  pipeCommand(
    ['/usr/sbin/chroot', lab.lab.pathOf('/'), ...argv.map((part) => part.replace(lab.lab.directory, '/lab'))],
    options,
  );

function backupOf(database: LabDatabase): MariadbBackup {
  return new MariadbBackup({
    socketPath: `/run/${database.name}/s.sock`,
    ...REGENT,
    dataDirectory: database.dataDirectory,
    programs: PROGRAMS,
    optionFile: `${lab.lab.directory}/${database.name}.cnf`,
    grants: grantsOf({ files: [], units: [], addresses: [], haproxy: null, commands: Object.values(PROGRAMS) }),
    pipe: inLab,
  });
}

async function checksums(database: LabDatabase): Promise<readonly unknown[]> {
  const connection = await connectRegent(database);
  const [rows] = await connection.query<RowDataPacket[]>('CHECKSUM TABLE app.t, regent.heartbeat EXTENDED');
  await connection.end();
  return rows.map((row) => row.Checksum);
}

async function opened(database: LabDatabase): Promise<Connection> {
  const regent = await connectRegent(database);
  await regent.query('SET GLOBAL read_only=0');
  await regent.end();
  return connectApp(database);
}

/** `primary` and `errant` have gone different ways. */
async function pair(number: number) {
  const primary = await lab.create(`primary${number}`, 101, 3320 + 2 * number);
  const errant = await lab.create(`errant${number}`, 102, 3321 + 2 * number, '/lab');
  const [here, there] = [await opened(primary), await opened(errant)];
  for (const value of ['one', 'two', 'three']) await here.query('INSERT INTO t (v) VALUES (?)', [value]);
  await there.query("INSERT INTO t (v) VALUES ('errant')");
  await there.end();
  const path = `${lab.lab.directory}/${errant.name}`;
  const directory = new MariadbDataDirectory({
    path,
    grants: grantsOf({ files: [path], units: [], addresses: [], haproxy: null }),
  });
  return { primary, errant, here, directory, path };
}

async function copied({ primary, errant, directory }: Awaited<ReturnType<typeof pair>>): Promise<string> {
  const stream = new PassThrough();
  const target = await directory.makeIncoming();
  const unpacked = backupOf(errant).unpack(stream, target, never);
  await backupOf(primary).stream(stream, never);
  stream.end();
  await unpacked;
  await directory.mark('o1', 'received');
  const position = await backupOf(errant).prepare(target, never);
  await directory.mark('o1', 'prepared');
  return position;
}

test.serial('a copy replaces the data, the server follows from it, and both are equal', async (t) => {
  const world = await pair(1);
  const { primary, errant, here, directory, path } = world;
  const position = await copied(world);
  t.is(position, '0-101-3');
  await here.query("INSERT INTO t (v) VALUES ('after the copy')");
  t.deepEqual(await directory.look('o1'), { data: 'own', incoming: 'prepared', aside: false });
  const owner = await stat(path);
  await errant.process.kill('SIGTERM');
  await directory.swap();
  t.deepEqual(await directory.look('o1'), { data: 'new', incoming: 'none', aside: true });
  t.like(await stat(path), { uid: owner.uid, gid: owner.gid, mode: owner.mode });
  await lab.restart(errant, FORMER);
  const access = { socketPath: errant.socketPath, ...REGENT };
  t.is(await setCopiedPosition(access, position, never), '0-101-3');
  t.is(await setCopiedPosition(access, position, never), '0-101-3');
  const server = new MariadbServer({ ...access, replication: REPLICATION, grants: LAB_GRANTS });
  await server.follow({ host: '127.0.0.1', port: primary.port, demote: false, acknowledge: false });
  for (let tries = 0; tries < 200 && (await server.look()).appliedPos !== '0-101-4'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  t.deepEqual(await checksums(errant), await checksums(primary));
  t.like(await server.look(), { appliedPos: '0-101-4', readOnly: true });
  await t.throwsAsync(setCopiedPosition(access, position, never), { code: 'StillReplicates' });
  await directory.adopt();
  await directory.discardOld();
  t.deepEqual(await directory.look('o1'), { data: 'own', incoming: 'none', aside: false });
  await server.end();
  await here.end();
  t.deepEqual(
    (await readdir(lab.lab.directory)).filter((name) => name.endsWith('.cnf')),
    [],
  );
});

test.serial('old data is moved back and its server is as it was', async (t) => {
  const world = await pair(2);
  const { errant, here, directory } = world;
  const before = await checksums(errant);
  await copied(world);
  await errant.process.kill('SIGTERM');
  await directory.swap();
  await directory.swapBack();
  t.deepEqual(await directory.look('o1'), { data: 'own', incoming: 'prepared', aside: false });
  await directory.discardIncoming();
  t.deepEqual(await directory.look('o1'), { data: 'own', incoming: 'none', aside: false });
  await lab.restart(errant, FORMER);
  t.deepEqual(await checksums(errant), before);
  await here.end();
});

test.serial('a stream that breaks off is no copy', async (t) => {
  const { primary, errant, here, directory } = await pair(3);
  const stream = new PassThrough();
  const target = await directory.makeIncoming();
  const unpacked = t.throwsAsync(backupOf(errant).unpack(stream, target, never), { code: 'BackupFailed' });
  stream.on('data', () => setImmediate(() => stream.destroy(new Error('cut off'))));
  await t.throwsAsync(backupOf(primary).stream(stream, never), { code: 'BackupFailed' });
  await unpacked;
  t.is((await directory.look('o1')).incoming, 'partial');
  await t.throwsAsync(backupOf(errant).unpack(PassThrough.from([]), target, never), { code: 'NotABackup' });
  await here.end();
});

test.serial('a server that is open, or has logs of its own, gets no position', async (t) => {
  const { primary, errant, here } = await pair(4);
  await t.throwsAsync(setCopiedPosition({ socketPath: primary.socketPath, ...REGENT }, '0-101-3', never), {
    code: 'NotClosed',
  });
  const regent = await connectRegent(errant);
  await regent.query('SET GLOBAL read_only=1');
  await t.throwsAsync(setCopiedPosition({ socketPath: errant.socketPath, ...REGENT }, '0-101-3', never), {
    code: 'OldBinlog',
  });
  await regent.end();
  await here.end();
});
