/** What a report was measured with: versions of the daemons on the bed, of the kernel, of Node.js and of regent. Reads only. */

import { release } from 'node:os';
import { execHost } from '../bed/exec.ts';
import { CLONE } from '../bed/machine.ts';
import { run } from '../bed/run.ts';
import { FIRST_PRIMARY, globalStoreMembers } from '../bed/topology.ts';

export async function versionsNow(): Promise<Readonly<Record<string, string>>> {
  const etcd = await execHost(globalStoreMembers()[0]?.name ?? '', ['etcd', '--version']);
  const mariadb = await execHost(FIRST_PRIMARY, ['mariadbd', '--version']);
  const commit = await run(['git', '-C', CLONE, 'describe', '--always', '--dirty']);
  return {
    etcd: /etcd Version: (\S+)/.exec(etcd.stdout)?.[1] ?? 'unknown',
    MariaDB: /Ver (\S+)/.exec(mariadb.stdout)?.[1] ?? 'unknown',
    kernel: release(),
    node: process.version,
    regent: commit.stdout.trim() || 'unknown',
  };
}
