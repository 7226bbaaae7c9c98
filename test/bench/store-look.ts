/**
 * What the bed's stores hold, as etcd itself says it: the revision, which grows with every write, and when each key was
 * written last. Reads only, from one member with its local client, and a read writes nothing.
 */

import { z } from 'zod';
import { ETCD_PKI } from '../bed/config/etcd.ts';
import { execHost } from '../bed/exec.ts';
import { globalStoreMembers, PORTS, REGIONS, regionalStoreMembers } from '../bed/topology.ts';

export interface StoreLook {
  /** `north`, `south` or `global`. */
  readonly store: string;
  readonly revision: number;
  /** By key: the revision of its last write. */
  readonly keys: ReadonlyMap<string, number>;
}

const answer = z.object({
  header: z.object({ revision: z.number().int().positive() }),
  kvs: z.array(z.object({ key: z.base64(), mod_revision: z.number().int().positive() })).optional(),
});

/** Looks at both regional stores and at the global one. @throws Error when one does not answer */
export async function lookAtStores(): Promise<readonly StoreLook[]> {
  const places = [
    ...REGIONS.map((region) => ({
      store: region,
      host: regionalStoreMembers(region)[0],
      port: PORTS.regionalClient,
    })),
    { store: 'global', host: globalStoreMembers()[0], port: PORTS.globalClient },
  ];
  return Promise.all(places.map(({ store, host, port }) => look(store, host?.name ?? '', port)));
}

/** From what `etcdctl get --keys-only --write-out=json` prints. @throws ZodError when it is something else */
export function parseLook(store: string, text: string): StoreLook {
  const { header, kvs = [] } = answer.parse(JSON.parse(text));
  const entries = kvs.map(({ key, mod_revision }) => [Buffer.from(key, 'base64').toString(), mod_revision] as const);
  return { store, revision: header.revision, keys: new Map(entries) };
}

/** Keys that were written or deleted between two looks, with what happened to them. */
export function changedKeys(before: StoreLook, after: StoreLook): readonly string[] {
  const written = [...after.keys].filter(([, revision]) => revision > before.revision).map(([key]) => `${key} written`);
  const gone = [...before.keys.keys()].filter((key) => !after.keys.has(key)).map((key) => `${key} gone`);
  return [...written, ...gone];
}

async function look(store: string, host: string, port: number): Promise<StoreLook> {
  const tls = [`--cacert=${ETCD_PKI}/ca.pem`, `--cert=${ETCD_PKI}/node.pem`, `--key=${ETCD_PKI}/node-key.pem`];
  const get = ['get', '', '--from-key', '--keys-only', '--write-out=json'];
  const argv = ['env', 'ETCDCTL_API=3', 'etcdctl', `--endpoints=https://127.0.0.1:${port}`, ...tls, ...get];
  const outcome = await execHost(host, argv);
  if (outcome.code !== 0) throw new Error(`the store ${store} does not answer: ${outcome.stderr.trim()}`);
  return parseLook(store, outcome.stdout);
}
