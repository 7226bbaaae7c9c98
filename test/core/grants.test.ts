import test from 'ava';
import { grantsOf, isPlainPath, noGrants } from '../../src/core/grants.ts';

const grants = grantsOf({
  files: ['/etc/keepalived/conf.d/*', '/etc/mysql/role.cnf'],
  units: ['keepalived.service'],
  addresses: ['192.0.2.10/32', '198.51.100.0/28', '2001:db8::/64'],
  haproxy: { socket: '/run/haproxy/admin.sock', backends: ['keystone'] },
  caches: ['192.0.2.11:11211'],
});

test('a cache may be emptied that is named with its port, and no other', (t) => {
  t.true(grants.mayEmpty('192.0.2.11:11211'));
  t.false(grants.mayEmpty('192.0.2.11:11212'));
  t.false(grants.mayEmpty('192.0.2.11'));
  t.false(noGrants.mayEmpty('192.0.2.11:11211'));
});

const files = test.macro({
  exec: (t, path: string, expected: boolean) => t.is(grants.mayWrite(path), expected),
  title: (_, path, expected) => `${JSON.stringify(path)} may ${expected ? '' : 'not '}be written`,
});
test(files, '/etc/mysql/role.cnf', true);
test(files, '/etc/keepalived/conf.d/vip.conf', true);
test(files, '/etc/keepalived/conf.d/.vip.conf.check', true);
test(files, '/etc/keepalived/conf.d', false);
test(files, '/etc/keepalived/conf.d/', false);
test(files, '/etc/keepalived/conf.d/d/vip.conf', false);
test(files, '/etc/keepalived/conf.d/../keepalived.conf', false);
test(files, '/etc/keepalived/conf.d/..', false);
test(files, '/etc/keepalived/conf.d/./vip.conf', false);
test(files, '/etc/keepalived//conf.d/vip.conf', false);
test(files, '/etc/keepalived/conf.d/v\nip.conf', false);
test(files, '/etc/mysql/role.cnf.d', false);
test(files, '/etc/mysql/*', false);
test(files, 'etc/mysql/role.cnf', false);
test(files, '', false);

const addresses = test.macro({
  exec: (t, address: string, expected: boolean) => t.is(grants.mayServe(address), expected),
  title: (_, address, expected) => `${JSON.stringify(address)} may ${expected ? '' : 'not '}be served`,
});
test(addresses, '192.0.2.10', true);
test(addresses, '192.0.2.10/24', true);
test(addresses, '192.0.2.11/24', false);
test(addresses, '198.51.100.15', true);
test(addresses, '198.51.100.16', false);
test(addresses, '2001:db8::10/64', true);
test(addresses, '2001:db8:0:1::10', false);
test(addresses, '192.0.2.10; reboot', false);

test('units, backends and the socket are granted by name', (t) => {
  t.true(grants.mayDrive('keepalived.service'));
  t.false(grants.mayDrive('mariadb.service'));
  t.true(grants.maySwitch('keystone'));
  t.false(grants.maySwitch('database'));
  t.true(grants.mayUse('/run/haproxy/admin.sock'));
  t.false(grants.mayUse('/run/other.sock'));
});

test('the endpoint catalogue is granted as a whole, and only where it is said', (t) => {
  t.false(grants.mayCatalog());
  t.true(grantsOf({ files: [], units: [], addresses: [], catalog: true, haproxy: null }).mayCatalog());
});

test('without grants nothing may be touched', (t) => {
  t.false(noGrants.mayWrite('/etc/mysql/role.cnf'));
  t.false(noGrants.mayDrive('keepalived.service'));
  t.false(noGrants.mayServe('192.0.2.10'));
  t.false(noGrants.maySwitch('keystone'));
  t.false(noGrants.mayUse('/run/haproxy/admin.sock'));
});

test('an entry that cannot be read grants nothing', (t) => {
  const odd = grantsOf({
    files: ['/*', '*', '/etc/../*'],
    units: [],
    addresses: ['everything', '192.0.2.0/33'],
    haproxy: null,
  });
  t.false(odd.mayWrite('/etc/passwd'));
  t.false(odd.mayServe('192.0.2.1'));
  t.false(isPlainPath('/'));
});

test('a program is run if it is named, and no other', (t) => {
  const some = grantsOf({ files: [], units: [], addresses: [], haproxy: null, commands: ['/usr/bin/mariadb-backup'] });
  t.true(some.mayRun('/usr/bin/mariadb-backup'));
  t.false(some.mayRun('/usr/bin/mariadb-backup2'));
  t.false(some.mayRun('mariadb-backup'));
  t.false(grants.mayRun('/usr/bin/mariadb-backup'));
});

test('a container may be restarted if it is named, by its whole name', (t) => {
  const kolla = grantsOf({ files: [], units: [], containers: ['nova_api'], addresses: [], haproxy: null });
  t.true(kolla.mayRestart('nova_api'));
  t.false(kolla.mayRestart('nova_api_2'));
  t.false(kolla.mayDrive('nova_api'));
  t.false(noGrants.mayRestart('nova_api'));
});
