/**
 * Entry point of `regent-agent.service`: one process with the node's roles in it. It puts the parts together and ends
 * them in order; no rule is decided here.
 */
import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { Agent } from '../src/runtime/agent/agent.ts';
import { standForArbiter } from '../src/runtime/agent/arbiter-part.ts';
import { keepAwayFromPrimary } from '../src/runtime/agent/candidacy.ts';
import { keepKeys } from '../src/runtime/agent/keys-part.ts';
import { standForLeader } from '../src/runtime/agent/leader-part.ts';
import { openOutlets } from '../src/runtime/agent/outlets.ts';
import { RegionPart } from '../src/runtime/agent/region-part.ts';
import { readNode } from '../src/runtime/agent/start.ts';
import { DEFAULT_CONFIG_PATH } from '../src/runtime/config.ts';
import { agentExitCodes } from '../src/runtime/shutdown.ts';
import { version } from '../src/runtime/version.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: DEFAULT_CONFIG_PATH },
    grants: { type: 'string', default: '/etc/regent/grants.yaml' },
    'run-directory': { type: 'string', default: '/run/regent' },
  },
});

const started = await readNode({
  configPath: values.config,
  grantsPath: values.grants,
  runDirectory: values['run-directory'],
  version,
});
if (!started.ok) {
  for (const problem of started.problems) console.error(problem);
  process.exit(agentExitCodes.badConfiguration);
}

const { config, stores } = started.parts;
// A role's drivers take memory: only its nodes load them, before anything is begun.
const api = config.api === undefined ? undefined : await import('./api.ts');
const proxy = config.proxy === undefined ? undefined : await import('./proxy.ts');
const db = config.db === undefined ? undefined : await import('./db.ts');

let region: RegionPart | undefined;
const observe = (probe: string): void => {
  const observation = agent.probes.observations.get(probe);
  if (observation !== undefined) region?.observe(probe, observation);
};
const agent = new Agent(started.parts, observe, (probe) => region?.forget(probe));
agent.shutdown.listen();
await agent.begin();

region = stores.regional === undefined ? undefined : RegionPart.join(agent, stores.regional);
const globalKeys = agent.leasedKeys(stores.global, 'global');
if (region !== undefined && config.api !== undefined) await api?.addApi(agent, region, config.api);
if (region !== undefined && config.proxy !== undefined) proxy?.addProxy(agent, region, config.proxy);
if (region !== undefined && config.keys !== undefined) keepKeys(agent, region, config.keys);
const database = config.db === undefined ? undefined : await db?.addDatabase(agent, config.db, globalKeys, region);
await agent.refreshProbes();
agent.shutdown.add('probes', () => agent.probes.stop());

const candidacies = [
  region === undefined ? undefined : await standForLeader(agent, region.store, globalKeys),
  config.roles.includes('db') || config.roles.length === 0 ? await standForArbiter(agent) : undefined,
].filter((each) => each !== undefined);
keepAwayFromPrimary(agent, candidacies, () => database?.isPrimary ?? false);

await openOutlets(agent);
// Node writes it at an orderly end, and the next start may follow another one.
flushCompileCache();
