/** How a command reaches the catalogue, and what it says if it cannot. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { lookAtCatalog } from '../../../src/runtime/agent/catalog-access.ts';

const api = (passwordFile: string) => ({
  keystone: 'http://127.0.0.1:1/v3',
  memcached: [],
  configuration: '/etc/keystone/keystone.conf',
  serviceConfigurations: [],
  services: {},
  containers: 'docker' as const,
  credentials: { username: 'regent', project: 'service', passwordFile },
});

test('a node without the role api, without the password, or without a Keystone says so', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-catalog-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'password');
  t.like(await lookAtCatalog({}), { ok: false, detail: 'this node has no role api; run it on a node that has' });
  const without = await lookAtCatalog({ api: api(path) });
  t.regex(without.ok ? '' : without.detail, /cannot be opened/);
  await writeFile(path, 'secret', { mode: 0o600 });
  const alone = await lookAtCatalog({ api: api(path) });
  t.regex(alone.ok ? '' : alone.detail, /127\.0\.0\.1:1/);
});
