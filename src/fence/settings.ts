/**
 * What the fence is told before it begins: the node's configuration and grants, which the agent reads too. The closing
 * itself shares nothing with the agent's.
 */
import { loadGrants } from '../actuator/grants.ts';
import { configProblemText, loadConfig } from '../runtime/config.ts';
import { readSecret } from '../runtime/secret-file.ts';
import type { MariadbAccount } from './mariadb-connections.ts';

export type FenceSettings =
  | { readonly kind: 'guard'; readonly account: MariadbAccount; readonly unit: string; readonly node: string }
  /** This node has no database. */
  | { readonly kind: 'nothing-to-guard'; readonly node: string }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** @returns problems as values, each with its remedy */
export async function readSettings(paths: {
  readonly config: string;
  readonly grants: string;
}): Promise<FenceSettings> {
  const loaded = await loadConfig(paths.config);
  if (!loaded.ok)
    return { kind: 'refused', problems: loaded.problems.map((each) => `${paths.config}: ${configProblemText(each)}`) };
  const { node, db } = loaded.config;
  if (db === undefined) return { kind: 'nothing-to-guard', node };
  const loadedGrants = await loadGrants(paths.grants);
  if (!loadedGrants.ok) return { kind: 'refused', problems: [loadedGrants.detail] };
  if (!loadedGrants.grants.mayDrive(db.unit))
    return {
      kind: 'refused',
      problems: [`${paths.grants}: units: does not name ${db.unit}, which the fence must be able to kill; add it`],
    };
  try {
    const password = (await readSecret(db.passwordFile)).reveal();
    return { kind: 'guard', account: { socketPath: db.socket, user: db.user, password }, unit: db.unit, node };
  } catch (error) {
    return { kind: 'refused', problems: [error instanceof Error ? error.message : String(error)] };
  }
}
