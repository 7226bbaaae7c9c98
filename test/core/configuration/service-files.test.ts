/**
 * Goal: a layout looks for the files and units that it has. Method: one service in each layout.
 */
import test from 'ava';
import { filesToRead, unitsToDrive } from '../../../src/core/configuration/service-files.ts';
import type { Layout, ServiceRow } from '../../../src/core/configuration/service-row.ts';
import { serviceRow } from '../../../src/core/configuration/service-table.ts';

function row(service: string): ServiceRow {
  const found = serviceRow(service);
  if (found === undefined) throw new Error(service);
  return found;
}

const paths = (service: string, layout: Layout): readonly string[] =>
  filesToRead(row(service), layout).map(({ path }) => path);

test('packages: the main file, the directories of oslo.config, and paste', (t) => {
  const placement = paths('placement', 'debian');
  for (const path of ['/etc/placement/placement.conf', '/etc/placement/placement.conf.d/*.conf'])
    t.true(placement.includes(path), path);
  t.true(paths('nova', 'redhat').includes('/usr/share/nova/nova-dist.conf'));
  t.true(paths('nova', 'redhat').includes('/etc/nova/api-paste.ini'));
  t.deepEqual(paths('placement', 'redhat'), placement);
});

test('packages: the API comes first', (t) => {
  t.is(unitsToDrive(row('nova'), 'debian')[0]?.unit, 'nova-api.service');
  t.is(unitsToDrive(row('nova'), 'redhat')[0]?.unit, 'openstack-nova-api.service');
});

test('Kolla: each container has a copy, and is restarted for its own only', (t) => {
  const heat = filesToRead(row('heat'), 'kolla');
  t.deepEqual(heat[0], { path: '/etc/kolla/heat-api/heat.conf', format: 'oslo', units: ['heat_api'] });
  t.deepEqual(heat[1], { path: '/etc/kolla/heat-api/api-paste.ini', format: 'paste', units: ['heat_api'] });
  t.deepEqual(
    unitsToDrive(row('heat'), 'kolla').map(({ unit }) => unit),
    ['heat_api', 'heat_api_cfn', 'heat_engine'],
  );
});

test("Kolla: the dashboard's include is the file that its container copies", (t) => {
  const [settings] = filesToRead(row('horizon'), 'kolla');
  t.is(settings?.include, '/etc/kolla/horizon/_9999-custom-settings.py');
});

test("Kolla: the clients' files of the node are looked at, and nothing is restarted for them", (t) => {
  const openrc = filesToRead(row('clients'), 'kolla').find(({ path }) => path === '/etc/kolla/admin-openrc.sh');
  t.deepEqual(openrc?.units, []);
});
