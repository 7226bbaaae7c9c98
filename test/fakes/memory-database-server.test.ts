/** The model of a database server keeps the contract that MariaDB keeps. */
import test from 'ava';
import { databaseServerContract } from '../contract/database-server-contract.ts';
import type { DatabaseNode, DatabaseTrio, DatabaseWorld } from '../contract/database-world.ts';
import { MemoryDatabase, type MemoryNetwork } from './memory-database.ts';
import { isProbe, MemoryDatabaseServer, MemoryServerProcess } from './memory-database-server.ts';

function node(serverId: number, network: MemoryNetwork): DatabaseNode {
  const database = new MemoryDatabase(serverId, 3300 + serverId, network);
  const process = new MemoryServerProcess(database);
  return {
    server: new MemoryDatabaseServer(database),
    serverId,
    account: database.account,
    host: '127.0.0.1',
    port: database.port,
    insert: (value) => database.write(value),
    rows: async () =>
      database.visible
        .map(({ row }) => row)
        .filter((row) => !isProbe(row))
        .map(String)
        .sort(),
    clientSessions: async () => database.waiting,
    stopApplier: async () => {
      database.isApplying = false;
    },
    freeze: () => {
      database.isFrozen = true;
    },
    thaw: () => database.thaw(),
    crash: () => process.kill(),
    restart: (role) => process.start(role),
  };
}

const world: DatabaseWorld = {
  fresh: async (): Promise<DatabaseTrio> => {
    const network: MemoryNetwork = new Map();
    return { a: node(1, network), b: node(2, network), c: node(3, network) };
  },
  discard: async () => {},
  stop: async () => {},
};

databaseServerContract(test, async () => world);
