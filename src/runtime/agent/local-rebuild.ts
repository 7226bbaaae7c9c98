/** Puts together what this node needs for exports and rebuilds, from its configuration; nothing is begun here. */
import { join } from 'node:path';
import { MariadbBackup } from '../../actuator/mariadb-backup.ts';
import { MariadbDataDirectory } from '../../actuator/mariadb-data-directory.ts';
import { MariadbExport } from '../../actuator/mariadb-export.ts';
import { setCopiedPosition } from '../../actuator/mariadb-position.ts';
import type { MariadbProcess } from '../../actuator/mariadb-process.ts';
import { BackupClient } from '../backup-client.ts';
import type { AgentConfig } from '../config-schema.ts';
import { readPeerTls } from '../peer-tls.ts';
import type { Agent } from './agent.ts';
import type { LocalRebuild } from './rebuild-part.ts';

/** @throws when a certificate cannot be read */
export async function localRebuild(
  agent: Agent,
  db: NonNullable<AgentConfig['db']>,
  password: string,
  process: MariadbProcess,
): Promise<LocalRebuild> {
  const { config, grants, runDirectory } = agent.parts;
  const { dataDirectory, address, port, backup: program, unpack, binlog } = db.rebuild;
  const tls = await readPeerTls(config);
  const access = { socketPath: db.socket, user: db.user, password };
  const backup = new MariadbBackup({
    ...access,
    dataDirectory,
    programs: { backup: program, unpack },
    optionFile: join(runDirectory, 'backup.cnf'),
    grants,
  });
  return {
    disk: new MariadbDataDirectory({ path: dataDirectory, grants }),
    tools: {
      unpack: (input, directory, signal) => backup.unpack(input, directory, signal),
      prepare: (directory, signal) => backup.prepare(directory, signal),
      setPosition: (copied, signal) => setCopiedPosition(access, copied, signal),
      invocation: (signal) => process.invocation(signal),
      start: (role, signal) => process.start(role, signal),
      stop: (signal) => process.stop(signal),
    },
    giving: backup.isGranted ? (output, signal) => backup.stream(output, signal) : undefined,
    backups: new BackupClient({ tls, port }),
    listen: { address: address ?? config.addresses[0] ?? '127.0.0.1', port, tls },
    exportsTo: (directory) => new MariadbExport({ ...access, directory, program: binlog, grants }),
  };
}
