/**
 * Where this node's Keystone finds its database, from its own configuration file. The URL holds a password: nothing but
 * host and port leaves this file.
 */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { KEYSTONE_DATABASE_PROBE } from '../core/database-route-bypass.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe } from './probe.ts';

export interface KeystoneDatabaseProbeOptions {
  /** Path of keystone.conf. */
  readonly path: string;
  readonly everyMs: number;
  /** Addresses of a host name. Default: the resolver of the system. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const DEFAULT_PORT = 3306;

export function keystoneDatabaseProbe({ path, everyMs, resolve = addressesOf }: KeystoneDatabaseProbeOptions): Probe {
  return {
    name: KEYSTONE_DATABASE_PROBE,
    everyMs,
    observe: async () => {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
      if (text instanceof Error)
        return unknown(`${path} cannot be read (${text.code ?? text.name}): set api.configuration in agent.yaml`);
      const connection = connectionIn(text);
      if (connection === undefined) return unknown(`${path} has no [database] connection`);
      if (!URL.canParse(connection)) return unknown(`${path}: the [database] connection is not a URL`);
      const { hostname, port } = new URL(connection);
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      if (host === '') return unknown(`${path}: the [database] connection names no host`);
      const addresses = await resolve(host).catch((error: NodeJS.ErrnoException) => error);
      if (addresses instanceof Error) return unknown(`${host} has no address: ${addresses.code ?? addresses.name}`);
      const to = { host, port: port === '' ? DEFAULT_PORT : Number(port) };
      const facts = { ...to, addresses: addresses.toSorted().join(' ') };
      return { health: 'ok', detail: `Keystone's database is at ${host}:${to.port}`, facts };
    },
  };
}

/** The last `connection` of the last `[database]` counts, as in oslo.config; comments begin a line. */
function connectionIn(text: string): string | undefined {
  let section = '';
  let found: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const value = /^connection\s*[=:]\s*(\S+)\s*$/.exec(line)?.[1];
    if (section === 'database' && value !== undefined) found = value;
  }
  return found;
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

const unknown = (detail: string): Observation => ({ health: 'unknown', detail, facts: {} });
