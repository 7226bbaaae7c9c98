/**
 * Goal: every service that holds a Keystone's URL is in the table, and what the table says can be granted and restarted.
 * Method: the names that must be there, and rules that every row keeps.
 */
import test from 'ava';
import { knownOption, SERVICE_NAMES, SERVICE_ROWS, serviceRow } from '../../../src/core/configuration/service-table.ts';
import { isPlainPath } from '../../../src/core/grants.ts';

const NAMES = [
  ...['nova', 'placement', 'neutron', 'cinder', 'glance', 'heat', 'ironic', 'barbican', 'octavia', 'manila'],
  ...['designate', 'magnum', 'swift', 'aodh', 'ceilometer', 'gnocchi', 'masakari', 'mistral', 'blazar', 'cloudkitty'],
  ...['cyborg', 'watcher', 'trove', 'tacker', 'zun', 'zaqar', 'horizon', 'skyline', 'ceph-rgw', 'clients'],
];

test('every service that holds a URL of Keystone has one row', (t) => {
  t.deepEqual(SERVICE_NAMES.toSorted(), NAMES.toSorted());
  t.is(serviceRow('keystone'), undefined);
});

test('paths are plain, or all files of a plain directory', (t) => {
  for (const { service, files } of SERVICE_ROWS)
    for (const { path } of files)
      t.true(isPlainPath(path.replace(/\/\*\.conf$/, '')) && !/\*(?!\.conf$)/.test(path), `${service}: ${path}`);
});

test('units have their suffix, are named once, and a file names units of its row only', (t) => {
  for (const { service, files, units } of SERVICE_ROWS) {
    for (const layout of ['debian', 'redhat'] as const) {
      const names = units[layout].map(({ unit }) => unit);
      t.deepEqual([...new Set(names)], names, service);
      t.true(
        names.every((name) => /^[\w@*-]+\.service$/.test(name)),
        service,
      );
    }
    const all = [...units.debian, ...units.redhat].map(({ unit }) => unit);
    for (const file of files)
      t.true(
        (file.units ?? []).every((unit) => all.includes(unit)),
        file.path,
      );
  }
});

test('a web server that serves others too is restarted by a reload only', (t) => {
  for (const { units } of SERVICE_ROWS)
    for (const { unit, how } of [...units.debian, ...units.redhat])
      t.is(how === 'reload', /^(apache2|httpd)\./.test(unit), unit);
});

test('Kolla names containers with underscores, each with files', (t) => {
  const containers = SERVICE_ROWS.flatMap(({ kolla }) => kolla);
  t.true(containers.every(({ container, files }) => /^[a-z0-9_]+$/.test(container) && files.length > 0));
  t.true(containers.length > 60);
});

test('a service that answers with a token says where', (t) => {
  const silent = SERVICE_ROWS.filter(({ proof }) => proof === undefined).map(({ service }) => service);
  t.deepEqual(silent.toSorted(), ['ceilometer', 'clients', 'horizon', 'skyline', 'zaqar']);
  for (const { service, proof } of SERVICE_ROWS) t.regex(proof?.path ?? '/', /^\//, service);
});

test('options are known by section, by any section, and by their old names', (t) => {
  const heat = serviceRow('heat');
  const cinder = serviceRow('cinder');
  if (heat === undefined || cinder === undefined) return t.fail();
  t.is(knownOption(heat, 'auth_password', 'allowed_auth_uris')?.kind, 'urls');
  t.is(knownOption(heat, 'DEFAULT', 'allowed_auth_uris'), undefined);
  t.is(knownOption(heat, 'clients_keystone', 'auth_uri')?.section, 'clients_keystone');
  t.is(knownOption(cinder, 'keymgr', 'encryption_auth_url')?.kind, 'url');
  t.is(knownOption(cinder, 'keystone_authtoken', 'auth_host')?.kind, 'host');
  t.is(knownOption(cinder, 'anything', 'identity_uri')?.kind, 'url');
  t.is(knownOption(cinder, 'DEFAULT', 'transport_url'), undefined);
});
