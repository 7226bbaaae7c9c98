/**
 * Goal: a former primary that comes back has everything that was acknowledged. Method: a real server is killed with a
 * transaction that its replica has received and it has not committed itself, rolls it back at its start (role `former`), and
 * follows. The transaction bears its own server id; MariaDB skips such, and moves the position past it.
 */

import test from 'ava';
import type { RowDataPacket } from 'mysql2/promise';
import { MariadbServer } from '../../src/actuator/mariadb-server.ts';
import { connectApp, LAB_GRANTS, type LabDatabase, MariadbLab, REGENT, REPLICATION } from '../contract/mariadb-lab.ts';

const ROWS = 50;
const HOST = '127.0.0.1';
const FORMER = ['--init-rpl-role=SLAVE', '--rpl-semi-sync-slave-enabled=1'];

const serverOf = ({ socketPath }: LabDatabase): MariadbServer =>
  new MariadbServer({ socketPath, ...REGENT, replication: REPLICATION, grants: LAB_GRANTS });

test('a former primary has the acknowledged transactions that it rolled back at its start', async (t) => {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const [former, next] = [await lab.create('former', 11, 3311), await lab.create('next', 12, 3312)];
  const [a, b] = [serverOf(former), serverOf(next)];
  await b.follow({ host: HOST, port: former.port, demote: false, acknowledge: true });
  await a.open({ waitForAck: true });
  const app = await connectApp(former);
  app.on('error', () => {});
  for (let row = 0; row < ROWS; row++) await app.query('INSERT INTO t (v) VALUES (?)', [`row ${row}`]);
  await former.process.kill('SIGKILL');
  await until(async () => (await b.look()).replication?.drained === true);
  await b.detach();
  await b.open({ waitForAck: false });

  await lab.restart(former, FORMER);
  const back = serverOf(former);
  await back.follow({ host: HOST, port: next.port, demote: true, acknowledge: false });
  const { binlogPos } = await b.look();
  await until(async () => (await back.look()).appliedPos === binlogPos);
  const counts = await Promise.all([former, next].map(count));
  for (const server of [a, b, back]) await server.end();
  t.deepEqual(counts, [ROWS, ROWS]);
});

test('a server that is opened writes under its own id only, also for those who were connected before', async (t) => {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const [source, replica] = [await lab.create('source', 13, 3313), await lab.create('replica', 14, 3314)];
  const [a, b] = [serverOf(source), serverOf(replica)];
  await a.open({ waitForAck: false });
  await b.follow({ host: HOST, port: source.port, demote: false, acknowledge: false });
  t.is((await b.look()).serverId, 14, 'to regent it is always the configured one');
  await a.writeProbe({ term: 1n, node: 'a', atMs: 1 }, { timeoutMs: 1_000 });
  await until(async () => (await b.readProbe())?.node === 'a');
  const early = await connectApp(replica);
  early.on('error', () => {});
  await b.detach();
  await b.open({ waitForAck: false });
  await t.throwsAsync(early.query("INSERT INTO t (v) VALUES ('early')"));
  await b.writeProbe({ term: 2n, node: 'b', atMs: 2 }, { timeoutMs: 1_000 });
  t.regex((await b.look()).binlogPos, /^0-14-\d+$/);
  const late = await connectApp(replica);
  await late.query("INSERT INTO t (v) VALUES ('late')");
  late.destroy();
  const { binlogState } = await b.look();
  t.deepEqual(
    binlogState
      .split(',')
      .map((gtid) => gtid.split('-')[1])
      .toSorted(),
    ['13', '14'],
  );
  for (const server of [a, b]) await server.end();
});

async function count(database: LabDatabase): Promise<number> {
  const connection = await connectApp(database);
  const [rows] = await connection.query<RowDataPacket[]>('SELECT COUNT(*) AS total FROM t');
  connection.destroy();
  return Number(rows[0]?.total);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to pass within 10 s');
}
