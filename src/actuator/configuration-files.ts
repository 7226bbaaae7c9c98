/**
 * Finds a service's configuration files on this node and judges them: how each is, and how it should be. Reads only. A
 * link is followed, and then the file that it leads to is the one that counts, for the grants, too.
 */
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { judgeDashboard } from '../core/configuration/dashboard-include.ts';
import { applyEdits } from '../core/configuration/edit.ts';
import { judgeFile, type OptionChange } from '../core/configuration/file-judgement.ts';
import type { WantedKeystone } from '../core/configuration/option-judgement.ts';
import { filesToRead } from '../core/configuration/service-files.ts';
import type { ConfigurationFile, Layout, ServiceRow } from '../core/configuration/service-row.ts';

export interface FileState {
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A file as it is, and as it should be. */
export interface JudgedFile {
  readonly path: string;
  /** Who reads it; undefined for all units of the service. */
  readonly units: readonly string[] | undefined;
  /** Undefined if there is none, or if it is not understood. */
  readonly before: FileState | undefined;
  /** Undefined if it may stay as it is. */
  readonly after: string | undefined;
  readonly changes: readonly OptionChange[];
  readonly notUnderstood: string | undefined;
  readonly leftover: readonly string[];
}

export interface FileSearch {
  readonly row: ServiceRow;
  readonly layout: Layout;
  readonly wanted: WantedKeystone;
  /** Where the node's file system begins; empty, but for tests. */
  readonly root: string;
}

/** Beyond this it is no configuration file; nova's with every comment has 0.4 MB. */
const BYTES_MAX = 4 * 1024 * 1024;

/** Every file of the service that is there, once. */
export async function judgeFiles({ row, layout, wanted, root }: FileSearch): Promise<readonly JudgedFile[]> {
  const judged = new Map<string, JudgedFile>();
  for (const file of filesToRead(row, layout))
    for (const path of await pathsOf(join(root, file.path)))
      if (!judged.has(path)) {
        const one = await judgeOne(path, file, { row, layout, wanted, root });
        judged.set(one.path, one);
      }
  return [...judged.values()];
}

/** The real paths that a path of the table stands for. */
async function pathsOf(path: string): Promise<readonly string[]> {
  if (!path.endsWith('/*.conf')) return realPaths([path]);
  const directory = dirname(path);
  const names = await readdir(directory).catch(() => []);
  const read = names.filter((name) => name.endsWith('.conf') && !name.startsWith('.')).toSorted();
  return realPaths(read.map((name) => join(directory, name)));
}

async function realPaths(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return found.filter((path) => path !== undefined);
}

async function judgeOne(path: string, file: ConfigurationFile, search: FileSearch): Promise<JudgedFile> {
  const state = await readState(path);
  const units = file.units;
  const nothing = { path, units, before: undefined, after: undefined, changes: [], leftover: [] };
  if (typeof state === 'string') return { ...nothing, notUnderstood: state };
  if (file.format === 'dashboard') return judgeSettings(path, state.text, file, search);
  const judged = judgeFile(search.row, file.format, state.text, search.wanted);
  const after = judged.edits.length === 0 ? undefined : applyEdits(state.text, judged.edits);
  const { changes, leftover, notUnderstood } = judged;
  return { path, units, before: state, after, changes, leftover, notUnderstood };
}

/** The dashboard's settings stay; what may change is the include beside them. */
async function judgeSettings(
  path: string,
  settings: string,
  { units, include = '' }: ConfigurationFile,
  { wanted, root }: FileSearch,
): Promise<JudgedFile> {
  const directory = await realpath(join(root, dirname(include))).catch(() => undefined);
  const target = join(directory ?? dirname(join(root, include)), basename(include));
  const own = directory === undefined ? `${dirname(target)} is not there for an include` : await readIfThere(target);
  if (typeof own === 'string')
    return { path: target, units, before: undefined, after: undefined, changes: [], notUnderstood: own, leftover: [] };
  const all = [settings, ...(await snippetsBeside(target))].join('\n');
  const judged = judgeDashboard(all, own?.text, wanted);
  const to = wanted.to.text;
  const change = { line: 1, section: '', option: 'OPENSTACK_KEYSTONE_URL', before: '', after: to };
  return {
    path: target,
    units,
    before: own,
    after: judged.include,
    changes: judged.include === undefined ? [] : [change],
    notUnderstood: undefined,
    leftover: judged.leftover === undefined ? [] : [`${path} ${judged.leftover}`],
  };
}

/** The texts of other snippets of the directory: they are settings as well. */
async function snippetsBeside(include: string): Promise<readonly string[]> {
  const directory = dirname(include);
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.py'));
  const others = names.filter((name) => name !== basename(include)).toSorted();
  const states = await Promise.all(others.map((name) => readIfThere(join(directory, name))));
  return states.flatMap((state) => (state === undefined || typeof state === 'string' ? [] : [state.text]));
}

async function readIfThere(path: string): Promise<FileState | string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined ? undefined : readState(path);
}

/** The file, or why it cannot be one that is understood. */
export async function readState(path: string): Promise<FileState | string> {
  const found = await lstat(path);
  if (!found.isFile()) return 'it is not a regular file';
  if (found.size > BYTES_MAX) return `it is longer than ${BYTES_MAX} bytes`;
  const bytes = await readFile(path);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  } catch {
    return 'it is not UTF-8';
  }
}
