/**
 * Goal: the files that Debian's packages ship are edited as they should be, and the way back gives the same bytes. Method:
 * real files of nine services, every option of the table filled in; the real parsers say what the services would read.
 */
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileConfiguration } from '../../src/actuator/file-configuration.ts';
import type { ServiceRow, ServiceUnit } from '../../src/core/configuration/service-row.ts';
import { serviceRow } from '../../src/core/configuration/service-table.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { Lab } from '../bed/lab.ts';
import { HOME, OWN, wantedOf } from '../contract/configuration-world.ts';
import { PlayedSystemctl } from '../contract/file-configuration-world.ts';
import { filledIn, install, OWNER, PACKAGED, packagedText } from '../contract/packaged-files.ts';

const always = (): AbortSignal => new AbortController().signal;
const fine = async (): Promise<undefined> => undefined;
const READERS = new URL('../contract/real-readers.py', import.meta.url).pathname;
const SETTINGS = new URL('../contract/real-settings.py', import.meta.url).pathname;

const lab = { current: undefined as Lab | undefined, asked: 0 };

test.before(async () => {
  lab.current = await Lab.start();
});

test.after.always(() => lab.current?.stop());

/** Runs a script of this tree in the image, with a JSON text as its input. */
async function ask(script: string, input: unknown): Promise<unknown> {
  if (lab.current === undefined) throw new Error('the lab did not start');
  lab.asked += 1;
  const name = `ask-${lab.asked}`;
  await copyFile(script, join(lab.current.directory, `${name}.py`));
  await writeFile(join(lab.current.directory, `${name}.json`), JSON.stringify(input));
  return JSON.parse(await lab.current.run(['/bin/sh', '-c', `python3 /lab/${name}.py </lab/${name}.json`]));
}

function rowOf(service: string): ServiceRow {
  const row = serviceRow(service);
  if (row === undefined) throw new Error(service);
  return row;
}

async function nodeWith(t: ExecutionContext, units: readonly ServiceUnit[], paths: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), 'regent-packaged-'));
  t.teardown(() => rm(root, { recursive: true }));
  const names = units.map(({ unit }) => unit);
  const files = paths.map((path) => join(root, path));
  const grants = grantsOf({ files, units: names, addresses: [], haproxy: null });
  const systemctl = new PlayedSystemctl(names);
  const actuator = new FileConfiguration({
    stateDirectory: join(root, 'state'),
    grants,
    run: systemctl.run,
    root,
  });
  return { root, systemctl, actuator };
}

const isOurs = (line: string): boolean => !line.startsWith('#') && line.includes(HOME);

for (const [service, files] of Object.entries(PACKAGED))
  test(`${service}: the packaged files are pointed elsewhere and back`, async (t) => {
    const row = rowOf(service);
    const { root, systemctl, actuator } = await nodeWith(
      t,
      row.units.debian,
      files.map(({ to }) => to),
    );
    const before = new Map<string, string>();
    for (const each of files) {
      const packaged = await packagedText(each);
      const text = /^(nova-compute|glance-cache|glance-swift)/.test(each.to.split('/').at(-1) ?? '')
        ? packaged
        : filledIn(packaged, row, each.format);
      before.set(await install(root, each.to, text), text);
    }
    const named = [...before.values()].join('\n').split('\n').filter(isOurs).length;
    t.true(named > 0);

    const plan = await actuator.look(wantedOf({ services: [service] }), always());
    t.is(plan.services[0]?.files.flatMap(({ changes }) => changes).length, named);
    t.deepEqual(
      plan.services[0]?.files.flatMap(({ notUnderstood }) => notUnderstood ?? []),
      [],
    );
    t.like(await actuator.apply(wantedOf({ services: [service] }), fine, always()), { ok: true, changed: true });
    t.deepEqual(
      systemctl.restarted(),
      row.units.debian
        .filter(({ servedBy, ownFilesOnly }) => servedBy === undefined && ownFilesOnly !== true)
        .map(({ unit }) => unit),
    );
    for (const [path, text] of before) {
      const moved = text
        .split('\n')
        .map((line) => (isOurs(line) ? line.replace(HOME, OWN) : line))
        .join('\n');
      t.true((await readFile(path, 'utf8')) === moved, path);
      const { mode, uid, gid } = await stat(path);
      t.deepEqual({ mode: mode & 0o7777, uid, gid }, OWNER);
    }
    const texts = await Promise.all(
      files.map(async ({ to, format }) => [format, await readFile(join(root, to), 'utf8')]),
    );
    const read = JSON.stringify(await ask(READERS, texts));
    t.is(read.split(OWN).length - 1, named);
    t.false(read.includes(HOME) || read.includes('null,null'));

    t.like(await actuator.apply(wantedOf({ services: [service], to: HOME }), fine, always()), {
      ok: true,
      changed: true,
    });
    for (const [path, text] of before) t.true((await readFile(path, 'utf8')) === text, path);
  });

test('horizon: an include beside the packaged settings moves the dashboard, and Python reads it so', async (t) => {
  const include = '/etc/openstack-dashboard/local_settings.d/_99_regent.py';
  const { root, systemctl, actuator } = await nodeWith(t, rowOf('horizon').units.debian, [include]);
  const packaged = await packagedText({
    package: 'openstack-dashboard',
    from: 'usr/share/openstack-dashboard/examples/local_settings.py',
  });
  const settings = `${packaged.replaceAll('127.0.0.1', '192.0.2.10').replace('http://%s/identity/v3', 'http://%s:5000/v3')}
AVAILABLE_REGIONS = [('${HOME}/v3', 'home'), ('http://203.0.113.9:5000/v3', 'far')]
DEFAULT_SERVICE_REGIONS = {'*': 'a', '${HOME}/v3': 'b'}
`;
  await install(root, '/etc/openstack-dashboard/local_settings.py', settings);
  await install(root, '/etc/openstack-dashboard/local_settings.d/_0005_other.py', 'OTHER = 1\n');
  const values = async () => {
    const texts = [settings, await readFile(join(root, include), 'utf8').catch(() => '')];
    return (await ask(SETTINGS, texts)) as Readonly<Record<string, unknown>>;
  };
  t.is((await values()).OPENSTACK_KEYSTONE_URL, `${HOME}/v3`);

  t.like(await actuator.apply(wantedOf({ services: ['horizon'] }), fine, always()), { ok: true, changed: true });
  t.deepEqual(systemctl.restarted(), ['apache2.service (reload)']);
  t.deepEqual(await values(), {
    OPENSTACK_HOST: '198.51.100.10',
    OPENSTACK_KEYSTONE_URL: `${OWN}/v3`,
    AVAILABLE_REGIONS: [
      [`${OWN}/v3`, 'home'],
      ['http://203.0.113.9:5000/v3', 'far'],
    ],
    DEFAULT_SERVICE_REGIONS: { '*': 'a', [`${OWN}/v3`]: 'b' },
  });
  t.is(await readFile(join(root, '/etc/openstack-dashboard/local_settings.py'), 'utf8'), settings);

  await actuator.apply(wantedOf({ services: ['horizon'], to: HOME }), fine, always());
  t.is((await values()).OPENSTACK_KEYSTONE_URL, `${HOME}/v3`);
});

test('horizon: an include that does not work out is taken away again', async (t) => {
  const include = '/etc/openstack-dashboard/local_settings.d/_99_regent.py';
  const { root, actuator } = await nodeWith(t, rowOf('horizon').units.debian, [include]);
  await install(root, '/etc/openstack-dashboard/local_settings.py', 'OPENSTACK_HOST = "192.0.2.10"\n');
  await install(root, '/etc/openstack-dashboard/local_settings.d/_0005_other.py', 'OTHER = 1\n');
  const outcome = await actuator.apply(wantedOf({ services: ['horizon'] }), async () => '500', always());
  t.like(outcome, { ok: false, refusal: 'Failed' });
  await t.throwsAsync(stat(join(root, include)), { code: 'ENOENT' });
});
