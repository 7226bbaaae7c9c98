/**
 * Goal: what Kolla deployed is driven through its containers' own files and commands, and what cannot be driven is named
 * with its remedy. Method: Kolla's directories below a root of their own; docker is played.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunCommand } from '../../src/actuator/command.ts';
import { PODMAN } from '../../src/actuator/configuration-units.ts';
import { FileConfiguration } from '../../src/actuator/file-configuration.ts';
import { grantsOf, noGrants } from '../../src/core/grants.ts';
import { HOME, OWN, wantedOf } from '../contract/configuration-world.ts';

const always = (): AbortSignal => new AbortController().signal;
const fine = async (): Promise<undefined> => undefined;
const CONF = `[keystone_authtoken]\nwww_authenticate_uri = ${HOME}\nauth_url = ${HOME}\n`;

interface Played {
  /** Name of a container and its environment. */
  readonly containers: Readonly<Record<string, readonly string[]>>;
  readonly files: Readonly<Record<string, string>>;
}

async function kolla(t: ExecutionContext, { containers, files }: Played, isGranted = true) {
  const root = await mkdtemp(join(tmpdir(), 'regent-kolla-'));
  t.teardown(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode: 0o660 });
  }
  const commands: string[] = [];
  const run: RunCommand = async (argv) => {
    const name = argv.at(-1) ?? '';
    const environment = containers[name];
    if (argv[1] === 'restart') commands.push(argv.join(' '));
    const isThere = environment !== undefined;
    return {
      ok: isThere,
      code: isThere ? 0 : 1,
      stdout: isThere ? `true ${JSON.stringify(environment)}\n` : '',
      stderr: isThere ? '' : `Error: No such object: ${name}`,
      timedOut: false,
    };
  };
  const paths = Object.keys(files).map((path) => join(root, path));
  const granted = grantsOf({
    files: paths,
    units: [],
    containers: Object.keys(containers),
    addresses: [],
    haproxy: null,
  });
  const options = { stateDirectory: join(root, 'state'), grants: isGranted ? granted : noGrants, run, root };
  const read = (path: string) => readFile(join(root, path), 'utf8');
  return { options, actuator: new FileConfiguration(options), commands, read };
}

const wanted = wantedOf({ layout: 'kolla', services: ['heat'] });

test('each container gets its own copy, and only those whose copy changes are restarted', async (t) => {
  const { actuator, commands, read } = await kolla(t, {
    containers: { heat_api: [], heat_engine: [] },
    files: {
      '/etc/kolla/heat-api/heat.conf': CONF,
      '/etc/kolla/heat-api-cfn/heat.conf': CONF,
      '/etc/kolla/heat-engine/heat.conf': CONF.replaceAll(HOME, OWN),
    },
  });
  t.like(await actuator.apply(wanted, fine, always()), { ok: true, changed: true });
  t.deepEqual(commands, ['/usr/bin/docker restart heat_api']);
  t.is(await read('/etc/kolla/heat-api/heat.conf'), CONF.replaceAll(HOME, OWN));
  t.is(await read('/etc/kolla/heat-api-cfn/heat.conf'), CONF.replaceAll(HOME, OWN));
});

test('the command is a template', async (t) => {
  const { options, commands } = await kolla(t, {
    containers: { heat_api: [] },
    files: { '/etc/kolla/heat-api/heat.conf': CONF },
  });
  await new FileConfiguration({ ...options, containers: PODMAN }).apply(wanted, fine, always());
  t.deepEqual(commands, ['/usr/bin/podman restart heat_api']);
});

test('a container that is not granted is named with the line that grants it', async (t) => {
  const played = { containers: { heat_api: [] }, files: { '/etc/kolla/heat-api/heat.conf': CONF } };
  const { actuator, commands } = await kolla(t, played, false);
  const outcome = await actuator.apply(wanted, fine, always());
  t.like(outcome, { ok: false, refusal: 'NotGranted' });
  t.regex(outcome.detail, /containers: \[heat_api\]/);
  t.deepEqual(commands, []);
});

test('a container that copies its files once only is not restarted in vain', async (t) => {
  const { actuator, commands, read } = await kolla(t, {
    containers: { heat_api: ['KOLLA_CONFIG_STRATEGY=COPY_ONCE'] },
    files: { '/etc/kolla/heat-api/heat.conf': CONF },
  });
  const outcome = await actuator.apply(wanted, fine, always());
  t.like(outcome, { ok: false, refusal: 'PreconditionUnmet' });
  t.regex(outcome.detail, /config_strategy: "COPY_ALWAYS"/);
  t.deepEqual(commands, []);
  t.is(await read('/etc/kolla/heat-api/heat.conf'), CONF);
});

test("the dashboard's include is the operator's empty file; one with settings is left to the operator", async (t) => {
  const include = '/etc/kolla/horizon/_9999-custom-settings.py';
  const settings = { '/etc/kolla/horizon/_9998-kolla-settings.py': 'OPENSTACK_HOST = "192.0.2.10"\n' };
  const wish = wantedOf({ layout: 'kolla', services: ['horizon'] });
  const empty = await kolla(t, { containers: { horizon: [] }, files: { ...settings, [include]: '' } });
  t.like(await empty.actuator.apply(wish, fine, always()), { ok: true, changed: true });
  t.deepEqual(empty.commands, ['/usr/bin/docker restart horizon']);
  t.true((await empty.read(include)).includes(OWN));

  const custom = await kolla(t, { containers: { horizon: [] }, files: { ...settings, [include]: 'DEBUG = True\n' } });
  const outcome = await custom.actuator.apply(wish, fine, always());
  t.like(outcome, { ok: true, changed: false });
  t.is(outcome.ok ? outcome.services[0]?.leftover.length : 0, 1);
});

test('a daemon that does not answer is no absent container', async (t) => {
  const { options } = await kolla(t, { containers: {}, files: { '/etc/kolla/heat-api/heat.conf': CONF } });
  const run: RunCommand = async () => ({
    ok: false,
    code: 1,
    stdout: '',
    stderr: 'Cannot connect to the Docker daemon',
    timedOut: false,
  });
  const outcome = await new FileConfiguration({ ...options, run }).apply(wanted, fine, always());
  t.like(outcome, { ok: false, refusal: 'PreconditionUnmet' });
});

test('what cannot be driven is told with the line of globals.yml', async (t) => {
  const socket = 'global\n    stats socket /var/lib/kolla/haproxy/haproxy.sock group kolla mode 660';
  const closed = await kolla(t, {
    containers: {},
    files: { '/etc/kolla/haproxy/haproxy.cfg': `${socket}\n`, '/etc/kolla/proxysql/proxysql.yaml': '' },
  });
  const { obstacles } = await closed.actuator.look(wanted, always());
  t.is(obstacles.length, 2);
  t.regex(obstacles.join('\n'), /haproxy_socket_level_admin: "yes".*\n.*enable_proxysql: "no"/);
  const open = await kolla(t, {
    containers: {},
    files: { '/etc/kolla/haproxy/haproxy.cfg': `${socket} level admin\n` },
  });
  t.deepEqual((await open.actuator.look(wanted, always())).obstacles, []);
});
