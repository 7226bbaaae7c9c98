/**
 * The db role: this node's MariaDB, driven and watched. No rule is decided here.
 */

import { join } from 'node:path';
import { hostStops } from '../src/actuator/host-state.ts';
import { MariadbProcess } from '../src/actuator/mariadb-process.ts';
import { MariadbServer } from '../src/actuator/mariadb-server.ts';
import { fenceProbe } from '../src/probe/fence-probe.ts';
import { mariadbProbe } from '../src/probe/mariadb-probe.ts';
import type { Agent } from '../src/runtime/agent/agent.ts';
import { DatabasePart } from '../src/runtime/agent/database-part.ts';
import { localRebuild } from '../src/runtime/agent/local-rebuild.ts';
import { openPeers } from '../src/runtime/agent/peers.ts';
import { FENCE_DIRECTORY } from '../src/runtime/agent/right-of.ts';
import type { AgentConfig } from '../src/runtime/config-schema.ts';
import type { LeasedKeys } from '../src/runtime/duty/leased-keys.ts';
import { readSecret } from '../src/runtime/secret-file.ts';

const PROBE_EVERY_MS = 2_000;

export async function addDatabase(
  agent: Agent,
  config: NonNullable<AgentConfig['db']>,
  keys: LeasedKeys,
): Promise<DatabasePart> {
  const { grants, runDirectory, bootId } = agent.parts;
  const password = await readSecret(config.passwordFile);
  const replicationPassword = await readSecret(config.replicationPasswordFile);
  const server = new MariadbServer({
    socketPath: config.socket,
    user: config.user,
    password: password.reveal(),
    grants,
    replication: { user: config.replicationUser, password: replicationPassword.reveal() },
  });
  const process = new MariadbProcess({ unit: config.unit, roleFile: config.roleFile, grants });
  const rebuild = await localRebuild(agent, config, password.reveal(), process);
  const part = DatabasePart.join(agent, { server, process, hostStops, rebuild }, keys, await openPeers(agent));
  const probe = mariadbProbe({ server, everyMs: PROBE_EVERY_MS, isQuarantined: () => part.isQuarantined() });
  const fence = fenceProbe({ everyMs: PROBE_EVERY_MS, directory: join(runDirectory, FENCE_DIRECTORY), bootId });
  agent.addProbes(() => [probe, fence]);
  return part;
}
