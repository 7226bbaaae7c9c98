import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadGrants } from '../../src/actuator/grants.ts';

const uid = process.getuid?.() ?? 0;

async function fileWith(t: ExecutionContext, text: string, mode = 0o644): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'regent-grants-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'grants.yaml');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const WHOLE = `
apiVersion: regent/v1
files: [/etc/keepalived/conf.d/*, /etc/mysql/mariadb.conf.d/zz-regent-role.cnf]
units: [mariadb.service]
addresses: [192.0.2.10/32]
haproxy: {socket: /run/haproxy/admin.sock, backends: [keystone]}
`;

test('a whole grants file is loaded', async (t) => {
  const loaded = await loadGrants(await fileWith(t, WHOLE), uid);
  t.true(loaded.ok && loaded.grants.mayDrive('mariadb.service') && loaded.grants.maySwitch('keystone'));
});

test('what is left out is not granted', async (t) => {
  const loaded = await loadGrants(await fileWith(t, 'apiVersion: regent/v1\n'), uid);
  t.deepEqual(loaded.ok && loaded.list, {
    files: [],
    units: [],
    containers: [],
    addresses: [],
    commands: [],
    accounts: [],
    caches: [],
    catalog: false,
    haproxy: null,
  });
});

const refused = test.macro({
  exec: async (t, text: string, about: RegExp) => {
    const loaded = await loadGrants(await fileWith(t, text), uid);
    t.false(loaded.ok);
    t.regex(loaded.ok ? '' : loaded.detail, about);
  },
  title: (name) => `a grants file is refused because of ${name}`,
});
test('an unknown key', refused, `${WHOLE}sudo: true\n`, /Unrecognized key/);
test('another version', refused, 'apiVersion: regent/v2\n', /apiVersion/);
test('a relative path', refused, 'apiVersion: regent/v1\nfiles: [etc/x]\n', /files\.0/);
test('a path that climbs', refused, 'apiVersion: regent/v1\nfiles: [/etc/a/../x]\n', /files\.0/);
test('a pattern in the middle', refused, 'apiVersion: regent/v1\nfiles: [/etc/*/x]\n', /files\.0/);
test('a unit without a suffix', refused, 'apiVersion: regent/v1\nunits: [mariadb]\n', /units\.0/);
test('an address that is none', refused, 'apiVersion: regent/v1\naddresses: [192.0.2.300]\n', /addresses\.0/);
test('text that is no YAML', refused, 'a: [', /grants\.yaml/);

test('a grants file that others may write, of another owner, behind a link, or missing grants nothing', async (t) => {
  const open = await fileWith(t, WHOLE, 0o664);
  t.regex(String(Object.values(await loadGrants(open, uid))), /writable by others/);
  const closed = await fileWith(t, WHOLE);
  t.regex(String(Object.values(await loadGrants(closed, uid + 1))), /owned by/);
  await symlink(closed, `${open}.link`);
  t.false((await loadGrants(`${open}.link`, uid)).ok);
  t.false((await loadGrants(`${open}.missing`, uid)).ok);
});
