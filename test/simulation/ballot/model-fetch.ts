/** What a closed replica fetches from another member in one go, up to a position and not further. */
import { replicaId } from '../../../src/actuator/mariadb-identity.ts';
import type { ModelServer } from './model-server.ts';
import { gtidOf, indexAfter } from './transaction.ts';

/** @returns false if the other one is not there, or has not got it */
export function fetch(server: ModelServer, other: ModelServer | undefined, until: string): boolean {
  if (other?.invocation === undefined || other.machine.isFrozen) return false;
  const first = indexAfter(other.binlog, server.slavePos);
  const last = other.binlog.findIndex((transaction) => gtidOf(transaction) === until);
  if (first === undefined || last < 0) return false;
  server.bornId = replicaId(server.bornId);
  for (const transaction of other.binlog.slice(first, last + 1)) server.apply(transaction);
  return true;
}
