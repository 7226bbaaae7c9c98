/**
 * The two stores: a cluster of three inside each region (etcd.service) and one that has a member per site
 * (etcd-global.service). Both demand client certificates. The timing is etcd's own advice for a round trip well under
 * 10 ms: heartbeats every 100 ms, elections after 1 s. Pre-vote is on (in etcd 3.4 it is not by default): without it a member
 * that comes back from isolation forces an election on the others, which costs the primary its lease.
 */

import { globalStoreMembers, type Host, PORTS, regionalStoreMembers } from '../topology.ts';
import { type FileSpec, type HostPart, NOTHING } from './file-spec.ts';

export const ETCD_PKI = '/etc/etcd/pki';

interface StoreMember {
  readonly unit: 'etcd' | 'etcd-global';
  readonly members: readonly Host[];
  readonly clientPort: number;
  readonly peerPort: number;
}

export function etcdPart(host: Host): HostPart {
  const stores: StoreMember[] = [];
  if (host.regionalStore) {
    const members = regionalStoreMembers(host.site);
    stores.push({ unit: 'etcd', members, clientPort: PORTS.regionalClient, peerPort: PORTS.regionalPeer });
  }
  if (host.globalStore) {
    const members = globalStoreMembers();
    stores.push({ unit: 'etcd-global', members, clientPort: PORTS.globalClient, peerPort: PORTS.globalPeer });
  }
  if (stores.length === 0) return NOTHING;
  const files: FileSpec[] = stores.map((store) => environmentFile(host, store));
  if (host.globalStore) files.push({ path: '/etc/systemd/system/etcd-global.service', content: GLOBAL_UNIT });
  return { files, units: stores.map((store) => `${store.unit}.service`) };
}

function environmentFile(host: Host, store: StoreMember): FileSpec {
  const own = `https://${host.address}`;
  const cluster = store.members.map((each) => `${each.name}=https://${each.address}:${store.peerPort}`);
  const variables: Readonly<Record<string, string>> = {
    ETCD_NAME: host.name,
    ETCD_DATA_DIR: `/var/lib/etcd/${store.unit}`,
    ETCD_LISTEN_CLIENT_URLS: `${own}:${store.clientPort},https://127.0.0.1:${store.clientPort}`,
    ETCD_ADVERTISE_CLIENT_URLS: `${own}:${store.clientPort}`,
    ETCD_LISTEN_PEER_URLS: `${own}:${store.peerPort}`,
    ETCD_INITIAL_ADVERTISE_PEER_URLS: `${own}:${store.peerPort}`,
    ETCD_INITIAL_CLUSTER: cluster.join(','),
    ETCD_INITIAL_CLUSTER_TOKEN: store.unit === 'etcd' ? `region-${host.site}` : 'global',
    ETCD_INITIAL_CLUSTER_STATE: 'new',
    ETCD_HEARTBEAT_INTERVAL: '100',
    ETCD_ELECTION_TIMEOUT: '1000',
    ETCD_PRE_VOTE: 'true',
    ETCD_CERT_FILE: `${ETCD_PKI}/node.pem`,
    ETCD_KEY_FILE: `${ETCD_PKI}/node-key.pem`,
    ETCD_TRUSTED_CA_FILE: `${ETCD_PKI}/ca.pem`,
    ETCD_CLIENT_CERT_AUTH: 'true',
    ETCD_PEER_CERT_FILE: `${ETCD_PKI}/node.pem`,
    ETCD_PEER_KEY_FILE: `${ETCD_PKI}/node-key.pem`,
    ETCD_PEER_TRUSTED_CA_FILE: `${ETCD_PKI}/ca.pem`,
    ETCD_PEER_CLIENT_CERT_AUTH: 'true',
    ETCD_LOGGER: 'zap',
    ETCD_LOG_OUTPUTS: 'stderr',
    ETCD_UNSUPPORTED_ARCH: process.arch === 'arm64' ? 'arm64' : '',
  };
  const lines = Object.entries(variables).filter(([, value]) => value !== '');
  return {
    path: `/etc/default/${store.unit}`,
    content: `${lines.map(([name, value]) => `${name}=${value}`).join('\n')}\n`,
  };
}

const GLOBAL_UNIT = `[Unit]
Description=etcd of all sites
After=network.target

[Service]
EnvironmentFile=/etc/default/etcd-global
Type=notify
User=etcd
ExecStart=/usr/bin/etcd
Restart=on-abnormal
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
