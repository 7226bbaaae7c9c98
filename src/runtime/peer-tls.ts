/** The certificates by which the agents know each other: those of their access to the global store. */
import { readFile } from 'node:fs/promises';
import { globalStoreAccess } from './config.ts';
import type { AgentConfig } from './config-schema.ts';

export interface PeerTls {
  /** Authority, certificate and key, PEM. */
  readonly ca: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** @throws when one of the files cannot be read */
export async function readPeerTls(config: AgentConfig): Promise<PeerTls> {
  const files = globalStoreAccess(config);
  const [ca, certificate, key] = await Promise.all([
    readFile(files.ca),
    readFile(files.certificate),
    readFile(files.key),
  ]);
  return { ca, certificate, key };
}
