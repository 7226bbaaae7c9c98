/** The adapter keeps the contract of a database server with three real servers. */
import test, { type ExecutionContext } from 'ava';
import type { Connection } from 'mysql2/promise';
import { MariadbServer } from '../../src/actuator/mariadb-server.ts';
import { databaseServerContract } from '../contract/database-server-contract.ts';
import { CLOSE_WITHIN_MS } from '../contract/database-steps.ts';
import {
  connectApp,
  connectRegent,
  LAB_GRANTS,
  type LabDatabase,
  MariadbLab,
  REGENT,
  REPLICATION,
} from '../contract/mariadb-lab.ts';
import { MariadbWorld } from '../contract/mariadb-world.ts';

databaseServerContract(test, () => MariadbWorld.start());

/** Takes every connection that is left, but those that are held already. */
async function filled(t: ExecutionContext, database: LabDatabase) {
  const operator = await connectRegent(database);
  operator.on('error', () => {});
  await operator.query('SET GLOBAL max_connections=10');
  const held: Connection[] = [];
  for (let count = 0; count < 20; count++) {
    const connection = await connectApp(database).catch(() => undefined);
    connection?.on('error', () => {});
    if (connection !== undefined) held.push(connection);
  }
  t.true(held.length > 0);
  await t.throwsAsync(connectApp(database), { code: 'ER_CON_COUNT_ERROR' });
  return { held, operator };
}

test.serial('a closed server that was looked at is opened by connections that were made then', async (t) => {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const database = await lab.create('closed', 10, 3310);
  const server = new MariadbServer({
    socketPath: database.socketPath,
    ...REGENT,
    replication: REPLICATION,
    grants: LAB_GRANTS,
  });
  t.true((await server.look()).readOnly);
  const { held, operator } = await filled(t, database);
  await server.open({ waitForAck: false });
  t.false((await server.look()).readOnly);
  for (const connection of held) connection.destroy();
  operator.destroy();
  await server.end();
});

test.serial('a server that has no connection left is closed all the same', async (t) => {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const database = await lab.create('full', 9, 3309);
  const server = new MariadbServer({
    socketPath: database.socketPath,
    ...REGENT,
    replication: REPLICATION,
    grants: LAB_GRANTS,
  });
  await server.open({ waitForAck: false });
  await server.look();
  const { held, operator } = await filled(t, database);
  t.true(await server.close({ withinMs: CLOSE_WITHIN_MS }));
  await t.throwsAsync(held[0]?.query('SELECT 1') ?? Promise.resolve());
  operator.destroy();
  await server.end();
});

test.serial('a server that stopped waiting for acknowledgements shows it by its own count', async (t) => {
  const lab = await MariadbLab.start();
  t.teardown(() => lab.stop());
  const database = await lab.create('fallen', 8, 3308);
  const server = new MariadbServer({
    socketPath: database.socketPath,
    ...REGENT,
    replication: REPLICATION,
    grants: LAB_GRANTS,
  });
  await server.open({ waitForAck: true });
  const before = (await server.look()).semiSync;
  t.deepEqual([before.primaryActive, before.unacknowledged], [true, 0]);
  const operator = await connectRegent(database);
  t.teardown(() => operator.destroy());
  await operator.query('SET GLOBAL rpl_semi_sync_master_timeout=50');
  const client = await connectApp(database);
  t.teardown(() => client.destroy());
  await client.query("INSERT INTO t (v) VALUES ('acknowledged by nobody')");
  const after = (await server.look()).semiSync;
  t.deepEqual([after.primaryEnabled, after.primaryActive, after.unacknowledged], [true, false, 1]);
  await t.throwsAsync(server.setWaitForAck(true), { code: 'NotReadBack' }, 'without a replica nobody waits again');
  const [rows] = await operator.query('SELECT @@rpl_semi_sync_master_timeout AS pinned');
  t.deepEqual(rows, [{ pinned: 4_294_967_295 }] as never);
  await server.end();
});
