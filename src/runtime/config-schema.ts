/**
 * The shape of `/etc/regent/agent.yaml`: what this node is and where the things are that regent talks to. Paths,
 * commands and sockets are configuration, never constants. Unknown keys are errors. Secrets are paths of files; a
 * value that is itself a secret has no place in here. The rules between fields are in config.ts.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { SERVICE_NAMES } from '../core/configuration/service-table.ts';

/** Also a segment of the stores' keys. */
const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be 1–63 letters, digits, ".", "_" or "-", not beginning with a sign',
  );
const path = z.string().regex(/^\/\S*$/, 'must be an absolute path');
const address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');
const port = z.int().min(1).max(65_535);
const unit = z.string().regex(/^[\w@.:-]+\.service$/, 'must be a unit with its suffix, like mariadb.service');
const hostAndPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/, 'must be host:port');
const url = (protocol: RegExp, message: string) => z.url({ protocol, error: message });

const storeAccess = z.strictObject({
  endpoints: z.array(url(/^https$/, 'must be an https:// URL: a store is spoken to with client certificates')).min(1),
  ca: path,
  certificate: path,
  key: path,
});

/** Where the services that use a Keystone listen on this node; asked for with a token before the next node is changed. */
const serviceAddress = z
  .string()
  .refine(
    (text) => text === 'none' || z.url({ protocol: /^https?$/ }).safeParse(text).success,
    'must be the http:// or https:// URL at which the service listens on this node, or none if nothing of it does',
  );
const services = z.record(z.string(), serviceAddress).superRefine((found, context) => {
  for (const service of Object.keys(found).filter((each) => !SERVICE_NAMES.includes(each))) {
    const message = `is not a service that regent knows; they are ${SERVICE_NAMES.join(', ')}`;
    context.addIssue({ code: 'custom', path: [service], message });
  }
});

/** Of Debian's and RHEL's packages; what a node does not have is passed over. */
const SERVICE_CONFIGURATIONS = [
  '/etc/aodh/aodh.conf',
  '/etc/barbican/barbican.conf',
  '/etc/ceilometer/ceilometer.conf',
  '/etc/cinder/cinder.conf',
  '/etc/designate/designate.conf',
  '/etc/glance/glance-api.conf',
  '/etc/gnocchi/gnocchi.conf',
  '/etc/heat/heat.conf',
  '/etc/ironic/ironic.conf',
  '/etc/magnum/magnum.conf',
  '/etc/manila/manila.conf',
  '/etc/neutron/neutron.conf',
  '/etc/nova/nova.conf',
  '/etc/octavia/octavia.conf',
  '/etc/placement/placement.conf',
];

const apiSection = z.strictObject({
  keystone: url(/^https?$/, 'must be an http:// or https:// URL'),
  memcached: z.array(hostAndPort).default([]),
  /** Where the Keystone of this node is configured; read only, for where it finds its database. */
  configuration: path.default('/etc/keystone/keystone.conf'),
  services: services.default({}),
  /** What runs Kolla's containers on this node. */
  containers: z.enum(['docker', 'podman']).default('docker'),
  /** Files of this node's services; read only, for users that sign in with a password. */
  serviceConfigurations: z.array(path).default(SERVICE_CONFIGURATIONS),
  credentials: z.strictObject({ username: z.string().min(1), passwordFile: path, project: z.string().min(1) }),
});

const proxySection = z.strictObject({
  haproxySocket: path,
  keepalivedDirectory: path,
  trackDirectory: path,
  notifyFifo: path,
});

/** Beside 9464 (metrics) and 9465 (agent to agent). */
const REBUILD_PORT = 9466;

const dbSection = z.strictObject({
  socket: path,
  user: z.string().min(1),
  passwordFile: path,
  unit,
  roleFile: path,
  replicationUser: z.string().min(1),
  replicationPasswordFile: path,
  /** Where the other db agents reach this one; without an address, at the first of `addresses`. */
  peer: z.strictObject({ address: address.exactOptional(), port: port.default(9465) }).default({ port: 9465 }),
  rebuild: z
    .strictObject({
      /** The server's `datadir`; it is renamed, so it may not be a mount point. */
      dataDirectory: path.default('/var/lib/mysql'),
      /** Where other nodes fetch a copy; the same port on every database node. Left out: the first of `addresses`. */
      address: address.exactOptional(),
      port: port.default(REBUILD_PORT),
      backup: path.default('/usr/bin/mariadb-backup'),
      unpack: path.default('/usr/bin/mbstream'),
      binlog: path.default('/usr/bin/mariadb-binlog'),
    })
    .prefault({}),
});

const keysSection = z.strictObject({
  /** 32 random bytes in base64, the same on every node, also on those that may be the arbiter. */
  sealingKeyFile: path,
  /** Key repositories of the node's Keystone; left out where it has none. */
  repositories: z.strictObject({ fernet: path.exactOptional(), credential: path.exactOptional() }).default({}),
});

export const configSchema = z.strictObject({
  apiVersion: z.literal('regent/v1'),
  node: name,
  region: name,
  roles: z.array(z.enum(['api', 'proxy', 'db'])),
  interface: z.string().min(1).exactOptional(),
  addresses: z.array(address).min(1),
  stores: z.strictObject({ regional: storeAccess.exactOptional(), global: storeAccess.exactOptional() }),
  api: apiSection.exactOptional(),
  proxy: proxySection.exactOptional(),
  db: dbSection.exactOptional(),
  keys: keysSection.exactOptional(),
  http: z
    .strictObject({ address: address.default('127.0.0.1'), port: port.default(9464) })
    .default({ address: '127.0.0.1', port: 9464 }),
  stateDirectory: path.default('/var/lib/regent'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type AgentConfig = z.output<typeof configSchema>;
export type StoreAccess = z.output<typeof storeAccess>;
export type NodeRole = AgentConfig['roles'][number];
