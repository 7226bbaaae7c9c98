/** What a look at a model server shows, in the words of the port. */
import type { ServerLook } from '../../../src/actuator/database-server.ts';
import { configuredId } from '../../../src/actuator/mariadb-identity.ts';
import type { ModelServer } from './model-server.ts';
import { binlogStateOf, gtidOf, type Transaction } from './transaction.ts';

export function lookAt(server: ModelServer, peers: readonly string[]): ServerLook {
  const { binlog, copied } = server;
  const last: Transaction | undefined = binlog.length > copied ? binlog.at(-1) : undefined;
  return {
    version: '10.11.19-model',
    serverId: configuredId(server.bornId),
    readOnly: server.readOnly,
    logsReplicated: true,
    appliedPos: gtidOf(server.slavePos),
    binlogPos: gtidOf(last),
    binlogState: binlogStateOf(binlog, copied),
    replication:
      server.source === undefined
        ? null
        : {
            account: accountOf(server.node),
            sourceHost: server.source,
            sourcePort: 3306,
            receiving: server.isReceiving && server.receiveError === undefined,
            connecting: server.isReceiving && server.receiveError !== undefined,
            applying: server.isApplying,
            receivedPos: gtidOf(server.receivedPos),
            drained: server.relay.length === 0,
            applyError: server.applyError ?? null,
            receiveError: server.receiveError ?? null,
            lagSeconds: null,
          },
    semiSync: {
      primaryEnabled: server.semiSyncPrimary,
      primaryActive: server.semiSyncPrimary,
      clients: server.streams.filter((stream) => stream.isSemiSync).length,
      unacknowledged: 0,
      replicaEnabled: server.semiSyncReplica,
    },
    accounts: { lockable: peers.map(accountOf), locked: [...server.shutOuts].map(accountOf) },
    followers: server.streams.length,
  };
}

/** Each server replicates with an account of its own. */
const accountOf = (node: string): string => `repl-${node}`;
export const nodeOf = (account: string): string => account.slice('repl-'.length);

/** True for the receiver of an acker whose source answers nothing, not even with a refusal. */
export function isSourceSilent(
  { node, semiSyncReplica, isReceiving }: ModelServer,
  source: ModelServer | undefined,
  isUp: (a: string, b: string) => boolean,
): boolean {
  const isAcker = source !== undefined && semiSyncReplica && isReceiving;
  return isAcker && (source.machine.isFrozen || !isUp(node, source.node));
}
