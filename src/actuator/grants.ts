/**
 * Reads a node's grants file. It is root's word, so it counts only if nobody but root can write it; a file that is
 * missing, open to others, or not understood to the last key grants nothing, and the answer says why.
 */
import { lstat, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type GrantList, type Grants, grantsOf, isPlainPath } from '../core/grants.ts';
import { parseNetwork } from '../core/ip-address.ts';

export type LoadedGrants =
  | { readonly ok: true; readonly grants: Grants; readonly list: GrantList }
  | { readonly ok: false; readonly detail: string };

const WRITABLE_BY_OTHERS = 0o022;

/** A grants file is short; anything longer is not one. */
const BYTES_MAX = 64 * 1024;

const GrantedFile = z
  .string()
  .refine(
    (text) => isPlainPath(text.endsWith('/*') ? text.slice(0, -2) : text),
    'an absolute path, or a directory and "/*"',
  )
  .refine((text) => !text.replace(/\/\*$/, '').includes('*'), '"*" may only stand for all files of a directory');

const UnitName = z.string().regex(/^[A-Za-z0-9:_.@-]+\.(service|socket|timer|target)$/, 'a unit name with its suffix');

const ContainerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]+$/, 'the name of a container');

const Network = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined, 'an IP address or network, e.g. 192.0.2.10/32');

const BackendName = z.string().regex(/^[A-Za-z0-9_.:-]+$/, 'the name of an HAProxy backend');

const GrantsFile = z.strictObject({
  apiVersion: z.literal('regent/v1'),
  files: z.array(GrantedFile).default([]),
  units: z.array(UnitName).default([]),
  containers: z.array(ContainerName).default([]),
  addresses: z.array(Network).default([]),
  commands: z.array(z.string().refine(isPlainPath, 'the absolute path of a program')).default([]),
  accounts: z.array(z.string().min(1)).default([]),
  caches: z.array(z.string().regex(/^\S+:\d{1,5}$/, 'a memcached server as host:port')).default([]),
  catalog: z.boolean().default(false),
  haproxy: z
    .strictObject({
      socket: z.string().refine(isPlainPath, 'an absolute path'),
      backends: z.array(BackendName),
    })
    .nullable()
    .default(null),
});

/**
 * Loads the grants of this node.
 * @param path absolute path, usually `/etc/regent/grants.yaml`.
 * @param ownerUid the user that must own the file; root, except in tests.
 */
export async function loadGrants(path: string, ownerUid = 0): Promise<LoadedGrants> {
  const refused = (detail: string): LoadedGrants => ({ ok: false, detail: `${path}: ${detail}` });
  try {
    const found = await lstat(path);
    if (!found.isFile()) return refused('not a regular file');
    if (found.uid !== ownerUid) return refused(`owned by user ${found.uid}, must be ${ownerUid}`);
    if ((found.mode & WRITABLE_BY_OTHERS) !== 0) return refused('writable by others than its owner; chmod 644 it');
    if (found.size > BYTES_MAX) return refused(`longer than ${BYTES_MAX} bytes`);
    return understood(await readFile(path, 'utf8'), refused);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function understood(text: string, refused: (detail: string) => LoadedGrants): LoadedGrants {
  const read = GrantsFile.safeParse(parse(text));
  if (!read.success) {
    const [first] = read.error.issues;
    return refused(`${first?.path.join('.') || 'document'}: ${first?.message ?? 'not understood'}`);
  }
  const { apiVersion: _, ...list } = read.data;
  return { ok: true, grants: grantsOf(list), list };
}
