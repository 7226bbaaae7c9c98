/**
 * The db role: this node's MariaDB, driven and watched. No rule is decided here.
 */

import { join } from 'node:path';
import { hostStops } from '../src/actuator/host-state.ts';
import { MariadbProcess } from '../src/actuator/mariadb-process.ts';
import { MariadbServer } from '../src/actuator/mariadb-server.ts';
import { fenceProbe } from '../src/probe/fence-probe.ts';
import { mariadbProbe } from '../src/probe/mariadb-probe.ts';
import type { Probe } from '../src/probe/probe.ts';
import { replicaAgeProbe } from '../src/probe/replica-age-probe.ts';
import type { Agent } from '../src/runtime/agent/agent.ts';
import { DatabasePart } from '../src/runtime/agent/database-part.ts';
import { localRebuild } from '../src/runtime/agent/local-rebuild.ts';
import { openPeers } from '../src/runtime/agent/peers.ts';
import { ProbeCache } from '../src/runtime/agent/probe-cache.ts';
import type { RegionPart } from '../src/runtime/agent/region-part.ts';
import { FENCE_DIRECTORY } from '../src/runtime/agent/right-of.ts';
import type { AgentConfig } from '../src/runtime/config-schema.ts';
import type { LeasedKeys } from '../src/runtime/duty/leased-keys.ts';
import { readSecret } from '../src/runtime/secret-file.ts';

const PROBE_EVERY_MS = 2_000;
const AGE_PROBE = { everyMs: 5_000, timeoutMs: 4_000 };

export async function addDatabase(
  agent: Agent,
  config: NonNullable<AgentConfig['db']>,
  keys: LeasedKeys,
  inRegion: RegionPart | undefined,
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
  const cache = new ProbeCache();
  const age = (): readonly Probe[] => {
    const { region } = agent.parts.config;
    const routes = inRegion?.book.ofKind('IdentityRoute').filter(({ policy }) => policy.region === region) ?? [];
    return routes
      .slice(0, 1)
      .map(({ policy: { name: policy, maxLagMs } }) =>
        cache.get(`replica-age ${policy} ${maxLagMs}`, () =>
          replicaAgeProbe({ server, region, policy, maxLagMs, ...AGE_PROBE, wallMs: agent.wallMs }),
        ),
      );
  };
  agent.addProbes(() => [probe, fence, ...age()]);
  inRegion?.onChange(() => void agent.refreshProbes());
  return part;
}
