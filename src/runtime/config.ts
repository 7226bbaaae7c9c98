/**
 * Reads and judges a node's configuration. Every problem is found at once and names field, value and remedy. Nothing
 * is guessed: a role's section is required when the role is listed and refused when it is not. Values that could be a
 * secret in the wrong place are never repeated in a problem.
 */
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type AgentConfig, configSchema, type StoreAccess } from './config-schema.ts';
import { readSeal } from './sealing-key.ts';
import { readSecret, SecretUnusable } from './secret-file.ts';

export interface ConfigProblem {
  /** Path of the field, e.g. `stores.regional.key`; empty for the file as a whole. */
  readonly field: string;
  /** The value found, as text, shortened. */
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: AgentConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export const DEFAULT_CONFIG_PATH = '/etc/regent/agent.yaml';

/** @returns the problems as values, also when the file cannot be read */
export async function loadConfig(path: string): Promise<ConfigResult> {
  try {
    return parseConfig(await readFile(path, 'utf8'));
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : error}`;
    return { ok: false, problems: [problem('', path, message, 'name a file that exists, with --config')] };
  }
}

export function parseConfig(text: string): ConfigResult {
  const document = parseDocument(text);
  const mistake = document.errors[0];
  if (mistake !== undefined) {
    const [firstLine = ''] = mistake.message.split('\n');
    return { ok: false, problems: [problem('', '', firstLine, 'correct the YAML')] };
  }
  const raw: unknown = document.toJS();
  const result = configSchema.safeParse(raw);
  if (!result.success) return { ok: false, problems: result.error.issues.flatMap((issue) => translated(issue, raw)) };
  const problems = [...rolesProblems(result.data), ...storesProblems(result.data)];
  return problems.length === 0 ? { ok: true, config: result.data } : { ok: false, problems };
}

/** The global store; with one region only, the regional store is the global one. */
export function globalStoreAccess({ stores }: AgentConfig): StoreAccess {
  const access = stores.global ?? stores.regional;
  if (access === undefined) throw new Error('a configuration without any store got past its check');
  return access;
}

/** Where this node's db agent listens for others. @throws when the node has no db role, which is a defect */
export function peerAddress({ db, addresses }: AgentConfig): { readonly address: string; readonly port: number } {
  const address = db?.peer.address ?? addresses[0];
  if (db === undefined || address === undefined) throw new Error('only a db agent has peers');
  return { address, port: db.peer.port };
}

/** Tries every secret that the configuration names. @returns what is wrong with them; never what is in them */
export async function secretProblems(config: AgentConfig): Promise<readonly ConfigProblem[]> {
  const { stores, api, db, keys } = config;
  const files = [
    ['stores.regional.key', stores.regional?.key],
    ['stores.global.key', stores.global?.key],
    ['api.credentials.passwordFile', api?.credentials.passwordFile],
    ['db.passwordFile', db?.passwordFile],
    ['db.replicationPasswordFile', db?.replicationPasswordFile],
  ] as const;
  const sealing = await sealingProblems(keys?.sealingKeyFile);
  const tried = files.map(async ([field, path]) => {
    if (path === undefined) return [];
    try {
      await readSecret(path);
      return [];
    } catch (error) {
      if (error instanceof SecretUnusable) return [problem(field, path, error.message, error.remedy)];
      return [problem(field, path, `cannot be read: ${error}`, 'check the file system')];
    }
  });
  return [...(await Promise.all(tried)).flat(), ...sealing];
}

async function sealingProblems(path: string | undefined): Promise<readonly ConfigProblem[]> {
  if (path === undefined) return [];
  try {
    await readSeal(path);
    return [];
  } catch (error) {
    if (!(error instanceof SecretUnusable)) throw error;
    return [problem('keys.sealingKeyFile', path, error.message, error.remedy)];
  }
}

/** One line for people. */
export function configProblemText({ field, value, message, remedy }: ConfigProblem): string {
  const found = value === '' ? '' : ` (found: ${value})`;
  return `${field === '' ? 'file' : field}: ${message}${found}; ${remedy}`;
}

function rolesProblems(config: AgentConfig): readonly ConfigProblem[] {
  const found: ConfigProblem[] = [];
  if (new Set(config.roles).size !== config.roles.length) {
    found.push(problem('roles', config.roles.join(', '), 'names a role twice', 'name each role once'));
  }
  for (const role of ['api', 'proxy', 'db'] as const) {
    const isListed = config.roles.includes(role);
    const hasSection = config[role] !== undefined;
    if (isListed && !hasSection) found.push(problem(role, '', `is missing, and roles has ${role}`, `add the section`));
    if (!isListed && hasSection) {
      found.push(problem(role, '', `is there, but roles does not have ${role}`, `add ${role} to roles, or remove it`));
    }
  }
  if (config.roles.includes('proxy') && config.interface === undefined) {
    found.push(problem('interface', '', 'is missing, and roles has proxy', 'name the interface of the virtual IPs'));
  }
  return found;
}

function storesProblems({ roles, stores }: AgentConfig): readonly ConfigProblem[] {
  if (roles.length > 0 && stores.regional === undefined) {
    return [problem('stores.regional', '', 'is missing, and this node has roles', "name the region's own store")];
  }
  if (roles.length === 0 && stores.global === undefined) {
    return [
      problem('stores.global', '', 'is missing on a node without roles', 'name it: such a node only arbitrates there'),
    ];
  }
  return [];
}

function translated(issue: z.core.$ZodIssue, raw: unknown): readonly ConfigProblem[] {
  const field = z.core.toDotPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problem(
        [field, key].filter((part) => part !== '').join('.'),
        '',
        'is not known here',
        'remove it, or check its spelling',
      ),
    );
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    raw,
  );
  if (value === undefined) return [problem(field, '', 'is missing', 'add it')];
  return [problem(field, mayBeSecret(field) ? '' : shown(value), issue.message, 'correct the value')];
}

/** Where somebody may have written the secret itself instead of its file. */
const mayBeSecret = (field: string): boolean => /(file|key|password|credentials)$/i.test(field);

const SHOWN_MAX = 80;

function shown(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? 'a list or section' : String(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

const problem = (field: string, value: string, message: string, remedy: string): ConfigProblem => ({
  field,
  value,
  message,
  remedy,
});
