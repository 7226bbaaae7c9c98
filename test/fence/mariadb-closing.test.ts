/** The fence's closing on a real server: within its bound, also behind commits that wait, without connections, frozen. */
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Connection } from 'mysql2/promise';
import { FENCE_WITHIN_MS } from '../../src/core/dead-mans-switch.ts';
import { closeGuarded } from '../../src/fence/close-server.ts';
import { MariadbConnections } from '../../src/fence/mariadb-connections.ts';
import { MariadbPid } from '../../src/fence/mariadb-pid.ts';
import { systemTimers } from '../../src/runtime/clock.ts';
import { connectApp, connectRegent, MariadbLab, REGENT } from '../contract/mariadb-lab.ts';

/** For the process to end after SIGKILL on a loaded machine; the bound itself is the fence's. */
const KILL_TAKES_MS = 400;
const BUSY_CLIENTS = 30;

async function anOpenServer(t: ExecutionContext) {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const database = await lab.create('guarded', 9, 3309);
  const operator = await connectRegent(database);
  operator.on('error', () => {});
  const server = new MariadbConnections({ socketPath: database.socketPath, ...REGENT });
  const process = new MariadbPid(
    'mariadb.service',
    async () => `MainPID=${database.process.pid}\nInvocationID=inv-1\n`,
  );
  await operator.query('SET GLOBAL read_only=0');
  await Promise.all([server.prepare(), process.prepare()]);
  t.teardown(() => {
    operator.destroy();
    server.close();
  });
  const close = async () => {
    const beganMs = performance.now();
    const order = { invocation: 'inv-1', stillStands: () => true };
    const closing = await closeGuarded({ server, process, timers: systemTimers }, order);
    return { how: closing.how, tookMs: performance.now() - beganMs };
  };
  return { database, operator, server, close };
}

/** Each waits for an acknowledgement that never comes. */
async function waitingWriters(operator: Connection, connect: () => Promise<Connection>) {
  await operator.query(
    'SET GLOBAL rpl_semi_sync_master_timeout=4294967295, GLOBAL rpl_semi_sync_master_wait_no_slave=ON, ' +
      'GLOBAL rpl_semi_sync_master_enabled=ON',
  );
  const outcomes: Promise<string>[] = [];
  for (let count = 0; count < BUSY_CLIENTS; count++) {
    const connection = await connect();
    connection.on('error', () => {});
    outcomes.push(
      connection.query("INSERT INTO t (v) VALUES ('held')").then(
        () => 'acknowledged',
        () => 'lost',
      ),
    );
  }
  await sleep(200);
  return outcomes;
}

test.serial('an idle server is closed, and then found closed', async (t) => {
  const { close, database } = await anOpenServer(t);
  const first = await close();
  t.is(first.how, 'read-only');
  t.true(first.tookMs < FENCE_WITHIN_MS, `${first.tookMs} ms`);
  t.is((await close()).how, 'was-closed');
  const client = await connectApp(database);
  await t.throwsAsync(client.query("INSERT INTO t (v) VALUES ('late')"), { code: 'ER_OPTION_PREVENTS_STATEMENT' });
  client.destroy();
});

test.serial(
  'behind commits that wait for an acknowledgement: closed or killed in time, none acknowledged',
  async (t) => {
    const { close, operator, database } = await anOpenServer(t);
    const outcomes = await waitingWriters(operator, () => connectApp(database));
    const { how, tookMs } = await close();
    t.log(`${how} in ${Math.round(tookMs)} ms`);
    t.true(how === 'read-only' || how === 'killed', how);
    t.true(tookMs < FENCE_WITHIN_MS + KILL_TAKES_MS, `${tookMs} ms`);
    t.deepEqual([...new Set(await Promise.all(outcomes))], ['lost']);
  },
);

test.serial('a server that has no connection left is closed all the same', async (t) => {
  const { close, operator, database } = await anOpenServer(t);
  await operator.query('SET GLOBAL max_connections=10');
  for (let count = 0; count < 20; count++) {
    const connection = await connectApp(database).catch(() => undefined);
    connection?.on('error', () => {});
  }
  await t.throwsAsync(connectApp(database), { code: 'ER_CON_COUNT_ERROR' });
  t.is((await close()).how, 'read-only');
});

test.serial('a frozen server is killed', async (t) => {
  const { close, database } = await anOpenServer(t);
  database.process.freeze();
  const { how, tookMs } = await close();
  // What entered the lab was stopped along with it.
  database.process.thaw();
  t.is(how, 'killed');
  t.true(tookMs >= FENCE_WITHIN_MS - 5, `${tookMs} ms`);
  t.true(tookMs < FENCE_WITHIN_MS + KILL_TAKES_MS, `${tookMs} ms`);
});
