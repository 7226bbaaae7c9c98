/**
 * Goal: exactly the files that a service reads are found, and what cannot be understood is said. Method: a directory that
 * stands for the node's root, with files as they should not be.
 */
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { judgeFiles } from '../../src/actuator/configuration-files.ts';
import { FileConfiguration } from '../../src/actuator/file-configuration.ts';
import { type KeystoneBase, parseKeystoneBase } from '../../src/core/configuration/keystone-url.ts';
import { serviceRow } from '../../src/core/configuration/service-table.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { HOME, OWN, wantedOf } from '../contract/configuration-world.ts';
import { PlayedSystemctl } from '../contract/file-configuration-world.ts';

const CONF = `[keystone_authtoken]\nauth_url = ${HOME}\n`;

function base(text: string): KeystoneBase {
  const parsed = parseKeystoneBase(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

async function rootWith(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'regent-files-'));
  t.teardown(() => rm(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

async function judged(root: string, service = 'placement') {
  const row = serviceRow(service);
  if (row === undefined) throw new Error(service);
  return judgeFiles({ row, layout: 'debian', wanted: { from: [base(HOME)], to: base(OWN) }, root });
}

test('a directory of snippets is read in the order of the names, without what oslo.config does not read', async (t) => {
  const root = await rootWith(t, {
    '/etc/placement/placement.conf': CONF,
    '/etc/placement/placement.conf.d/20.conf': CONF,
    '/etc/placement/placement.conf.d/10.conf': CONF,
    '/etc/placement/placement.conf.d/.hidden.conf': CONF,
    '/etc/placement/placement.conf.d/10.conf.rpmsave': CONF,
  });
  t.deepEqual(
    (await judged(root)).map(({ path }) => basename(path)),
    ['placement.conf', '10.conf', '20.conf'],
  );
});

test('a file that is not text, or no file, is not understood and stays', async (t) => {
  const root = await rootWith(t, {
    '/etc/placement/placement.conf': Uint8Array.from([0x5b, 0x61, 0x5d, 0x0a, 0xff, 0xfe]),
    '/etc/placement/api-paste.ini/x': '',
    '/etc/placement/placement.conf.d/10.conf': `${CONF}\0`,
    '/etc/placement/placement.conf.d/20.conf': `[a]\nb = ${'x'.repeat(4 * 1024 * 1024)}\n`,
  });
  const files = await judged(root);
  t.is(files.length, 4);
  for (const { after, notUnderstood, path } of files) {
    t.is(after, undefined);
    t.not(notUnderstood, undefined, path);
  }
});

test('a link is followed to the file that it means, once, and that one is what must be granted', async (t) => {
  const root = await rootWith(t, { '/srv/placement.conf': CONF, '/etc/placement/placement.conf.d/x': '' });
  await symlink('/nowhere', join(root, '/etc/placement/placement-api.conf'));
  await symlink(join(root, '/srv/placement.conf'), join(root, '/etc/placement/placement.conf'));
  await symlink(join(root, '/srv/placement.conf'), join(root, '/etc/placement/placement.conf.d/10.conf'));
  const files = await judged(root);
  t.deepEqual(
    files.map(({ path }) => path),
    [join(root, '/srv/placement.conf')],
  );
  const apply = (granted: string) =>
    new FileConfiguration({
      stateDirectory: join(root, 'state'),
      grants: grantsOf({ files: [join(root, granted)], units: [], addresses: [], haproxy: null }),
      run: new PlayedSystemctl([]).run,
      root,
    }).apply(wantedOf(), async () => undefined, new AbortController().signal);
  t.like(await apply('/etc/placement/*'), { ok: false, refusal: 'NotGranted' });
  t.is(await readFile(join(root, '/srv/placement.conf'), 'utf8'), CONF);
  t.like(await apply('/srv/*'), { ok: true, changed: true });
  t.true((await lstat(join(root, '/etc/placement/placement.conf'))).isSymbolicLink());
  t.is(await readFile(join(root, '/srv/placement.conf'), 'utf8'), CONF.replace(HOME, OWN));
});

test('a file that has two names is read by everybody who reads one of them', async (t) => {
  const root = await rootWith(t, { '/etc/nova/nova.conf': CONF });
  await symlink('nova.conf', join(root, '/etc/nova/nova-cpu.conf'));
  const [file, ...more] = await judged(root, 'nova');
  t.deepEqual([file?.units, more], [undefined, []]);
});

test('the copies that an undo needs are for root only', async (t) => {
  const root = await rootWith(t, { '/etc/placement/placement.conf': `${CONF}password = secret\n` });
  const actuator = new FileConfiguration({
    stateDirectory: join(root, 'state'),
    grants: grantsOf({ files: [join(root, '/etc/placement/*')], units: [], addresses: [], haproxy: null }),
    run: new PlayedSystemctl([]).run,
    root,
  });
  await actuator.apply(wantedOf(), async () => undefined, new AbortController().signal);
  const copy = join(
    root,
    'state/identity-south/before/placement',
    encodeURIComponent(join(root, '/etc/placement/placement.conf')),
  );
  t.is((await lstat(copy)).mode & 0o777, 0o600);
  t.is((await lstat(join(root, 'state/identity-south'))).mode & 0o777, 0o700);
});

test('a file that somebody changes in the moment in which it would be written is theirs, and judged anew', async (t) => {
  const root = await rootWith(t, { '/etc/placement/placement.conf': CONF });
  const path = join(root, '/etc/placement/placement.conf');
  const systemctl = new PlayedSystemctl(['placement-api.service']);
  const actuator = new FileConfiguration({
    stateDirectory: join(root, 'state'),
    grants: grantsOf({ files: [path], units: ['placement-api.service'], addresses: [], haproxy: null }),
    // The last thing before the first write: which units run.
    run: async (argv, options) => {
      if (argv[1] === 'show' && !(await readFile(path, 'utf8')).includes('theirs'))
        await writeFile(path, `${CONF}# theirs\n`);
      return systemctl.run(argv, options);
    },
    root,
  });
  const apply = () => actuator.apply(wantedOf(), async () => undefined, new AbortController().signal);
  t.like(await apply(), { ok: false, refusal: 'Failed' });
  t.is(await readFile(path, 'utf8'), `${CONF}# theirs\n`);
  t.deepEqual(systemctl.restarted(), []);
  t.like(await apply(), { ok: true, changed: true });
  t.is(await readFile(path, 'utf8'), `${CONF.replace(HOME, OWN)}# theirs\n`);
});
