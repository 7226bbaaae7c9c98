/**
 * What the bed tells regent on each node is what regent accepts, and grants no more than the roles need.
 */

import test from 'ava';
import { parse } from 'yaml';
import { configProblemText, parseConfig } from '../../src/runtime/config.ts';
import { agentFiles } from './agent-config.ts';
import type { Secrets } from './seed.ts';
import { HOSTS, hostByName } from './topology.ts';

const SECRETS = {
  REGENT_DATABASE_PASSWORD: 'database-secret',
  REGENT_IDENTITY_PASSWORD: 'identity-secret',
  REPLICATION_PASSWORD: 'replication-secret',
  SEALING_SECRET: 'sealing-secret',
} as Secrets;

const SERVICES = ['placement-api.service', 'glance-api.service'];

function contentOf(host: string, path: string): string {
  return agentFiles(hostByName(host), SECRETS).find((file) => file.path === path)?.content ?? '';
}

for (const host of HOSTS) {
  test(`${host.name}'s configuration is accepted by the agent`, (t) => {
    const result = parseConfig(contentOf(host.name, '/etc/regent/agent.yaml'));
    t.deepEqual(result.ok ? [] : result.problems.map(configProblemText), []);
  });
}

test('only files below secrets hold a password, and only root reads them', (t) => {
  for (const file of HOSTS.flatMap((host) => agentFiles(host, SECRETS))) {
    if (file.path.startsWith('/etc/regent/secrets/')) t.is(file.mode, 0o600);
    else t.notRegex(file.content, /-secret/);
  }
});

test('a node is granted what its roles need and nothing else', (t) => {
  const grants = (host: string): unknown => parse(contentOf(host, '/etc/regent/grants.yaml'));
  t.like(grants('witness-1'), { files: [], units: [], addresses: [] });
  t.like(grants('north-1'), { units: ['keepalived.service', ...SERVICES], addresses: ['192.0.2.10/32'] });
  t.true((grants('north-1') as { files: string[] }).files.includes('/etc/keystone/fernet-keys/*'));
  t.false(JSON.stringify(grants('south-3')).includes('fernet-keys'));
  t.like(grants('south-3'), { units: ['mariadb.service'], addresses: [] });
  const units = ['keepalived.service', 'mariadb.service', ...SERVICES];
  t.like(grants('south-2'), { units, addresses: ['198.51.100.10/32'] });
});
