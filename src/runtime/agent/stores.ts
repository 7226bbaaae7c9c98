/** Opens a node's stores from its configuration: certificates are read once, connections are made by the first call. */
import { readFile } from 'node:fs/promises';
import type { Clock, Timers } from '../../core/clock.ts';
import { openEtcdStore } from '../../store/etcd-store.ts';
import type { Store } from '../../store/store.ts';
import type { AgentConfig, StoreAccess } from '../config-schema.ts';

export interface Stores {
  /** Undefined on a node that only arbitrates. */
  readonly regional: Store | undefined;
  /** The regional store itself where there is one region. */
  readonly global: Store;
  readonly isOne: boolean;
}

export interface StoresOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long a call may take, in ms; default: the store's own, which is short enough for leases. */
  readonly callTimeoutMs?: number;
}

/** @throws when a certificate or key cannot be read */
export async function openStores({ stores }: Pick<AgentConfig, 'stores'>, options: StoresOptions): Promise<Stores> {
  const regional = stores.regional === undefined ? undefined : await open('regional', stores.regional, options);
  const global = stores.global === undefined ? undefined : await open('global', stores.global, options);
  const arbitrating = global ?? regional;
  if (arbitrating === undefined) throw new Error('a configuration without any store got past its check');
  return { regional, global: arbitrating, isOne: global === undefined };
}

async function open(name: string, access: StoreAccess, options: StoresOptions): Promise<Store> {
  const [ca, certificate, key] = await Promise.all([
    readFile(access.ca),
    readFile(access.certificate),
    readFile(access.key),
  ]);
  const endpoints = access.endpoints.map((endpoint) => new URL(endpoint).host);
  return openEtcdStore({ name, endpoints, tls: { ca, certificate, key }, ...options });
}
