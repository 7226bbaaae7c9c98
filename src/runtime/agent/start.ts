/**
 * Reads what a node is told before its agent exists: configuration, secrets, grants, boot id. What is wrong is told
 * whole, and nothing is started.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { loadGrants } from '../../actuator/grants.ts';
import { noGrants } from '../../core/grants.ts';
import { systemClock, systemTimers } from '../clock.ts';
import { configProblemText, loadConfig, secretProblems } from '../config.ts';
import { createLogger } from '../logger.ts';
import { readSeal } from '../sealing-key.ts';
import type { AgentParts } from './agent.ts';
import { openStores } from './stores.ts';

export interface StartOptions {
  readonly configPath: string;
  readonly grantsPath: string;
  readonly runDirectory: string;
  readonly version: string;
}

export type Started =
  | { readonly ok: true; readonly parts: AgentParts }
  | { readonly ok: false; readonly problems: readonly string[] };

export async function readNode({ configPath, grantsPath, runDirectory, version }: StartOptions): Promise<Started> {
  const loaded = await loadConfig(configPath);
  if (!loaded.ok)
    return { ok: false, problems: loaded.problems.map((each) => `${configPath}: ${configProblemText(each)}`) };
  const { config } = loaded;
  const secrets = await secretProblems(config);
  if (secrets.length > 0)
    return { ok: false, problems: secrets.map((each) => `${configPath}: ${configProblemText(each)}`) };
  const logger = createLogger({ level: config.logLevel, node: config.node, region: config.region });
  const grants = await loadGrants(grantsPath);
  // Without grants the agent observes, votes and refuses every action by name, which is better than not being there.
  if (!grants.ok) logger.error({ detail: grants.detail }, 'nothing is granted to regent on this node');
  await mkdir(runDirectory, { recursive: true, mode: 0o755 });
  await mkdir(config.stateDirectory, { recursive: true, mode: 0o700 });
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const seal = config.keys === undefined ? undefined : await readSeal(config.keys.sealingKeyFile);
  const stores = await openStores(config, { clock: systemClock, timers: systemTimers });
  const granted = grants.ok ? grants.grants : noGrants;
  const parts = { config, version, bootId, grants: granted, stores, logger, runDirectory, seal };
  return { ok: true, parts };
}
