/** The adapter keeps the contract of a database server with three real servers. */
import test from 'ava';
import { databaseServerContract } from '../contract/database-server-contract.ts';
import { MariadbWorld } from '../contract/mariadb-world.ts';

databaseServerContract(test, () => MariadbWorld.start());
