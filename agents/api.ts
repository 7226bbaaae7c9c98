/**
 * The api role: whether this node's Keystone and memcached work, and whether the region's home Keystone can be used
 * from here, each tried with a real token; and the files of this node's services, where a policy goes by them. No rule is
 * decided here.
 */
import { join } from 'node:path';
import { DOCKER, PODMAN } from '../src/actuator/configuration-units.ts';
import { FileConfiguration } from '../src/actuator/file-configuration.ts';
import { keystoneDatabaseProbe } from '../src/probe/keystone-database-probe.ts';
import { keystoneProbe } from '../src/probe/keystone-probe.ts';
import { memcachedPressureProbe } from '../src/probe/memcached-pressure-probe.ts';
import { memcachedProbe } from '../src/probe/memcached-probe.ts';
import type { Probe } from '../src/probe/probe.ts';
import type { Agent } from '../src/runtime/agent/agent.ts';
import { addCaches } from '../src/runtime/agent/cache-part.ts';
import { openCatalog } from '../src/runtime/agent/catalog-access.ts';
import { keepCatalog } from '../src/runtime/agent/catalog-part.ts';
import { addConfiguration } from '../src/runtime/agent/configuration-part.ts';
import { PRECONDITION, PreconditionProbes } from '../src/runtime/agent/precondition-probes.ts';
import { ProbeCache } from '../src/runtime/agent/probe-cache.ts';
import type { RegionPart } from '../src/runtime/agent/region-part.ts';
import type { AgentConfig } from '../src/runtime/config-schema.ts';
import { readSecret } from '../src/runtime/secret-file.ts';

/** Without a policy that says otherwise. */
const PROBE = { everyMs: 2_000, timeoutMs: 2_000 };
/** A configuration file changes when somebody deploys. */
const CONFIGURATION_EVERY_MS = 30_000;

export async function addApi(agent: Agent, region: RegionPart, config: NonNullable<AgentConfig['api']>): Promise<void> {
  const { username, project, passwordFile } = config.credentials;
  const password = (await readSecret(passwordFile)).reveal();
  const account = { username, password, project };
  const cache = new ProbeCache();
  const database = keystoneDatabaseProbe({ path: config.configuration, everyMs: CONFIGURATION_EVERY_MS });
  const servers = config.memcached;
  const { nowMs } = agent.clock;
  const preconditions = new PreconditionProbes({ region: agent.parts.config.region, config, account });
  addCaches(agent, region, servers);
  const memcached =
    servers.length === 0
      ? []
      : [memcachedProbe({ servers, ...PROBE }), memcachedPressureProbe({ servers, nowMs, ...PRECONDITION })];

  const actuator = new FileConfiguration({
    stateDirectory: join(agent.parts.config.stateDirectory, 'configuration'),
    grants: agent.parts.grants,
    containers: config.containers === 'podman' ? PODMAN : DOCKER,
  });
  addConfiguration(agent, region, { actuator, addresses: config.services, account });

  const probes = (): readonly Probe[] => {
    const { node, region: here } = agent.parts.config;
    const routes = region.book.ofKind('IdentityRoute').map((each) => each.policy);
    const route = routes.find((each) => each.region === here && each.observers.includes(node));
    const timing = route?.probe ?? PROBE;
    const services = routes.some((each) => each.region === here) ? preconditions.ofServices() : [];
    const prepared = route === undefined ? services : [...services, ...preconditions.ofRoute(route)];
    const local = cache.get(`keystone-local ${JSON.stringify(timing)}`, () =>
      keystoneProbe({ name: 'keystone-local', url: config.keystone, ...account, ...timing }),
    );
    const home = route === undefined ? undefined : region.homeOf(route.database);
    const url = home === undefined || home === here ? undefined : route?.keystones[home]?.url;
    if (url === undefined || home === undefined) return [...memcached, database, local, ...prepared];
    const away = cache.get(`identity-home ${home} ${url} ${JSON.stringify(timing)}`, () =>
      keystoneProbe({ name: 'identity-home', url, ...account, ...timing, facts: { home } }),
    );
    return [...memcached, database, local, ...prepared, away, ...preconditions.ofHome(home, url)];
  };
  keepCatalog(agent, region, await openCatalog(config, agent.parts.grants));
  agent.addProbes(probes);
  region.onChange(() => void agent.refreshProbes());
}
