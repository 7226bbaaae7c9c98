/**
 * Goal: what runs is restarted, what does not run is never started. Method: systemctl is played, with answers as the real
 * one gives them (systemd 252).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { CommandResult, RunCommand } from '../../src/actuator/command.ts';
import { DOCKER, NodeUnits } from '../../src/actuator/configuration-units.ts';
import type { ServiceRow } from '../../src/core/configuration/service-row.ts';
import { serviceRow } from '../../src/core/configuration/service-table.ts';
import { grantsOf } from '../../src/core/grants.ts';

const never = (): AbortSignal => new AbortController().signal;

function row(service: string): ServiceRow {
  const found = serviceRow(service);
  if (found === undefined) throw new Error(service);
  return found;
}

function answer(stdout: string, stderr = ''): CommandResult {
  return { ok: stderr === '', code: stderr === '' ? 0 : 1, stdout, stderr, timedOut: false };
}

/** @param states - by name; a pattern stands for units that it fits */
function playing(states: Readonly<Record<string, string>>, commands: string[][] = []): RunCommand {
  return async (argv) => {
    commands.push([...argv]);
    if (argv[1] !== 'show') return answer('');
    const asked = argv.slice(argv.indexOf('--') + 1);
    const known = (name: string): readonly string[] =>
      name.includes('*')
        ? Object.keys(states).filter((unit) => unit.startsWith(name.slice(0, name.indexOf('*'))))
        : [name];
    return answer(
      asked
        .flatMap(known)
        .map((unit) => `Id=${unit}\nActiveState=${states[unit] ?? 'inactive'}\n`)
        .join('\n'),
    );
  };
}

function unitsWith(run: RunCommand, root = '/nowhere', granted: readonly string[] = []): NodeUnits {
  const grants = grantsOf({ files: [], units: granted, addresses: [], haproxy: null });
  return new NodeUnits({ run, grants, systemctl: '/usr/bin/systemctl', containers: DOCKER, root });
}

async function running(t: ExecutionContext, units: NodeUnits, service: string) {
  const found = await units.running(row(service), 'debian', never());
  if (!found.ok) return t.fail(found.detail);
  return { units: found.units.map(({ unit, how }) => `${how} ${unit}`), failed: found.failed };
}

test('units that run or try to are restarted in the order of the row, those that do not are left alone', async (t) => {
  const run = playing({
    'nova-compute.service': 'activating',
    'nova-api.service': 'active',
    'nova-conductor.service': 'inactive',
    'nova-scheduler.service': 'failed',
  });
  t.deepEqual(await running(t, unitsWith(run), 'nova'), {
    units: ['restart nova-api.service', 'restart nova-compute.service'],
    failed: ['nova-scheduler.service'],
  });
});

test('units of a template are found by their instances', async (t) => {
  const run = playing({ 'ceph-radosgw@rgw.a.service': 'active', 'ceph-radosgw@rgw.b.service': 'inactive' });
  t.deepEqual(await running(t, unitsWith(run), 'ceph-rgw'), {
    units: ['restart ceph-radosgw@rgw.a.service'],
    failed: [],
  });
});

test('a web server is reloaded if it serves the service, and not asked about otherwise', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'regent-units-'));
  t.teardown(() => rm(root, { recursive: true }));
  const units = unitsWith(playing({ 'apache2.service': 'active' }), root);
  t.deepEqual((await running(t, units, 'placement'))?.units, []);
  const site = join(root, '/etc/apache2/sites-enabled/placement-api.conf');
  await mkdir(dirname(site), { recursive: true });
  await writeFile(site, '');
  t.deepEqual((await running(t, units, 'placement'))?.units, ['reload apache2.service']);
});

test('a unit that is not granted is not driven', async (t) => {
  const commands: string[][] = [];
  const units = unitsWith(playing({ 'nova-api.service': 'active' }, commands), '/nowhere', ['nova-api.service']);
  const unit = { unit: 'nova-conductor.service', how: 'restart' } as const;
  t.not(await units.drive(unit, 'debian', never()), undefined);
  t.deepEqual(commands, []);
  t.is(await units.drive({ ...unit, unit: 'nova-api.service' }, 'debian', never()), undefined);
  t.deepEqual(commands[0], ['/usr/bin/systemctl', 'restart', 'nova-api.service']);
});

test('a unit that was restarted and is not active is a complaint', async (t) => {
  const units = unitsWith(playing({ 'nova-api.service': 'activating' }), '/nowhere', ['nova-api.service']);
  t.regex((await units.drive({ unit: 'nova-api.service', how: 'restart' }, 'debian', never())) ?? '', /activating/);
});

test('a systemctl that fails tells nothing', async (t) => {
  const units = unitsWith(async () => answer('', 'Failed to connect to bus'));
  t.like(await units.running(row('nova'), 'debian', never()), { ok: false });
});
