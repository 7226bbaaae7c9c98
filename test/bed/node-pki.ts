/**
 * A host's certificate, key and the authority's certificate, as files for one of its programs.
 */

import { readFile } from 'node:fs/promises';
import type { FileSpec } from './config/file-spec.ts';
import type { Seed } from './seed.ts';
import type { Host } from './topology.ts';

/** @returns ca.pem, node.pem and node-key.pem below `directory`; the key is readable by `owner` only */
export async function nodePki(host: Host, seed: Seed, directory: string, owner: string): Promise<readonly FileSpec[]> {
  const read = (name: string): Promise<string> => readFile(`${seed.directory}/pki/${name}`, 'utf8');
  return [
    { path: `${directory}/ca.pem`, content: await read('ca.pem') },
    { path: `${directory}/node.pem`, content: await read(`${host.name}.pem`) },
    { path: `${directory}/node-key.pem`, content: await read(`${host.name}-key.pem`), mode: 0o600, owner },
  ];
}
