/**
 * What regent is told on each node of the bed: its configuration, its grants and its secrets, as files. The shape is that of
 * a real node; only the values come from the topology.
 */

import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { FileSpec } from './config/file-spec.ts';
import { FRAGMENT_DIRECTORY, NOTIFY_FIFO } from './config/keepalived.ts';
import { DATA_DIRECTORY } from './config/mariadb.ts';
import type { Secrets } from './seed.ts';
import {
  globalStoreMembers,
  HOST_INTERFACE,
  type Host,
  hostsWithRole,
  PORTS,
  regionalStoreMembers,
  regionOf,
  replicationAccount,
  virtualAddress,
} from './topology.ts';

export const AGENT_PKI = '/etc/regent/pki';
const SECRETS = '/etc/regent/secrets';
const TRACK_DIRECTORY = '/run/regent/track';
const HAPROXY_SOCKET = '/run/haproxy/admin.sock';
/** Read by MariaDB after all other files; regent writes the start role there. */
const ROLE_FILE = '/etc/mysql/mariadb.conf.d/99-regent.cnf';
const COMMANDS = ['/usr/bin/mariadb-backup', '/usr/bin/mbstream', '/usr/bin/mariadb-binlog'];
const FERNET_KEYS = '/etc/keystone/fernet-keys';
const CREDENTIAL_KEYS = '/etc/keystone/credential-keys';
const IDENTITY_USER = 'regent';
/** Of the services that use a Keystone: what a route by files edits and restarts. */
const SERVICE_DIRECTORIES = ['/etc/placement', '/etc/glance'];
const SERVICE_FILES = ['/etc/placement/placement.conf', '/etc/glance/glance-api.conf'];
const SERVICE_UNITS = ['placement-api.service', 'glance-api.service'];

/** What an operator writes on a host before regent is installed, certificates excepted. */
export function agentFiles(host: Host, secrets: Secrets): readonly FileSpec[] {
  return [
    { path: '/etc/regent/agent.yaml', content: stringify(agentConfiguration(host)) },
    { path: '/etc/regent/grants.yaml', content: stringify(grants(host)) },
    ...secretFiles(host, secrets),
    ...(host.roles.includes('api')
      ? [{ path: '/etc/systemd/system/regent-agent.service.d/services.conf', content: DROP_IN }]
      : []),
  ];
}

const DROP_IN = `[Service]
ReadWritePaths=${SERVICE_DIRECTORIES.join(' ')}
`;

/** The content of a node's agent.yaml, as a plain object. */
export function agentConfiguration(host: Host): object {
  return {
    apiVersion: 'regent/v1',
    node: host.name,
    region: host.site,
    roles: host.roles,
    ...(host.roles.includes('proxy') ? { interface: HOST_INTERFACE } : {}),
    addresses: [host.address],
    stores: stores(host),
    ...(host.roles.includes('api') ? { api: apiSection(host) } : {}),
    ...(host.roles.includes('proxy') ? { proxy: proxySection() } : {}),
    ...(host.roles.includes('db') ? { db: databaseSection(host) } : {}),
    keys: keysSection(host),
    http: { address: host.address, port: PORTS.agentHttp },
    stateDirectory: '/var/lib/regent',
  };
}

/** The content of a node's grants.yaml: what its roles need and nothing else (I9). */
export function grants(host: Host): object {
  const region = regionOf(host);
  const isProxy = host.roles.includes('proxy') && region !== undefined;
  const isDatabase = host.roles.includes('db');
  const isApi = host.roles.includes('api');
  return {
    apiVersion: 'regent/v1',
    files: [
      ...(isProxy ? [`${FRAGMENT_DIRECTORY}/*`, `${TRACK_DIRECTORY}/*`] : []),
      ...(isDatabase ? [ROLE_FILE, DATA_DIRECTORY] : []),
      ...(isApi ? [`${FERNET_KEYS}/*`, `${CREDENTIAL_KEYS}/*`] : []),
      ...(isApi ? SERVICE_FILES : []),
    ],
    units: [
      ...(isProxy ? ['keepalived.service'] : []),
      ...(isDatabase ? ['mariadb.service'] : []),
      ...(isApi ? SERVICE_UNITS : []),
    ],
    commands: isDatabase ? COMMANDS : [],
    accounts: isDatabase ? hostsWithRole('db').map(replicationAccount) : [],
    addresses: isProxy ? [`${virtualAddress(region)}/32`] : [],
    catalog: isApi,
    caches: isApi ? [`${host.address}:${PORTS.memcached}`] : [],
    ...(isProxy
      ? { haproxy: { socket: HAPROXY_SOCKET, backends: ['keystone', 'keystone-admin', 'identity-front', 'database'] } }
      : {}),
  };
}

function stores(host: Host): object {
  const store = (members: readonly Host[], port: number): object => ({
    endpoints: members.map((each) => `https://${each.address}:${port}`),
    ca: `${AGENT_PKI}/ca.pem`,
    certificate: `${AGENT_PKI}/node.pem`,
    key: `${AGENT_PKI}/node-key.pem`,
  });
  const regional = regionalStoreMembers(host.site);
  return {
    ...(regional.length === 0 ? {} : { regional: store(regional, PORTS.regionalClient) }),
    global: store(globalStoreMembers(), PORTS.globalClient),
  };
}

function apiSection(host: Host): object {
  return {
    keystone: `http://${host.address}:${PORTS.keystone}/v3`,
    memcached: [`${host.address}:${PORTS.memcached}`],
    // The bed's placement signs in with a password, as most clouds do, and that would be all that is ever complained of.
    serviceConfigurations: [],
    services: {
      placement: `http://${host.address}:${PORTS.placement}`,
      glance: `http://${host.address}:${PORTS.glance}`,
    },
    credentials: { username: IDENTITY_USER, passwordFile: `${SECRETS}/keystone`, project: 'service' },
  };
}

function proxySection(): object {
  return {
    haproxySocket: HAPROXY_SOCKET,
    keepalivedDirectory: FRAGMENT_DIRECTORY,
    trackDirectory: TRACK_DIRECTORY,
    notifyFifo: NOTIFY_FIFO,
  };
}

function databaseSection(host: Host): object {
  return {
    socket: '/run/mysqld/mysqld.sock',
    user: 'regent',
    passwordFile: `${SECRETS}/mariadb`,
    unit: 'mariadb.service',
    roleFile: ROLE_FILE,
    replicationUser: replicationAccount(host),
    replicationPasswordFile: `${SECRETS}/replication`,
    rebuild: { dataDirectory: DATA_DIRECTORY },
  };
}

/** Every host may be the arbiter, which seals; those with a Keystone have its keys. */
function keysSection(host: Host): object {
  const sealingKeyFile = `${SECRETS}/sealing`;
  if (!host.roles.includes('api')) return { sealingKeyFile };
  return { sealingKeyFile, repositories: { fernet: FERNET_KEYS, credential: CREDENTIAL_KEYS } };
}

/** 32 bytes in base64, as an operator has them from `openssl rand -base64 32`; the same on every host. */
function sealingKey({ SEALING_SECRET }: Secrets): string {
  return createHash('sha256').update(SEALING_SECRET).digest('base64');
}

function secretFiles(host: Host, secrets: Secrets): readonly FileSpec[] {
  const secret = (name: string, content: string): FileSpec => ({
    path: `${SECRETS}/${name}`,
    content: `${content}\n`,
    mode: 0o600,
  });
  const api = host.roles.includes('api') ? [secret('keystone', secrets.REGENT_IDENTITY_PASSWORD)] : [];
  const database = host.roles.includes('db')
    ? [secret('mariadb', secrets.REGENT_DATABASE_PASSWORD), secret('replication', secrets.REPLICATION_PASSWORD)]
    : [];
  return [secret('sealing', sealingKey(secrets)), ...api, ...database];
}
