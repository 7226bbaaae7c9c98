/** Which sections of a service's configuration sign in with a password. */
import test from 'ava';
import { passwordLogins } from '../../src/core/service-users.ts';

const logins = (text: string) => passwordLogins(text)?.map(({ section, username }) => `${section} ${username}`);

test('every section with a password is found, with its user', (t) => {
  const text = `[DEFAULT]
debug = true
[keystone_authtoken]
auth_url = http://198.51.100.10:5000
auth_type = password
username = nova
password = secret
[placement]
auth_type=v3password
user_name = placement
[neutron]
auth_plugin: v2password
username: neutron
`;
  t.deepEqual(logins(text), ['keystone_authtoken nova', 'placement placement', 'neutron neutron']);
});

test('an application credential, a token and a section that is commented out are none', (t) => {
  const text = `[keystone_authtoken]
auth_type = v3applicationcredential
application_credential_id = 1
[a]
auth_type = v3token
[b]
# auth_type = password
username = x
`;
  t.deepEqual(logins(text), []);
});

test('several factors count if one of them is a password', (t) => {
  const text = (methods: string) => `[a]\nauth_type = v3multifactor\nauth_methods = ${methods}\nusername = x\n`;
  t.deepEqual(logins(text('v3password,v3totp')), ['a x']);
  t.deepEqual(logins(text('v3token,v3totp')), []);
});

test('the last value of an option counts, also when its section is written twice', (t) => {
  t.deepEqual(logins('[a]\nauth_type = password\nusername = x\n[b]\nc = d\n[a]\nauth_type = v3token\n'), []);
});

test('a section without a user is named all the same', (t) => {
  t.deepEqual(logins('[a]\nauth_type = password\nuser_id = 42\n[b]\nauth_type = password\n'), [
    'a 42',
    'b a user without a name',
  ]);
});

test('what oslo.config would refuse is not understood', (t) => {
  t.is(logins('[a\nauth_type = password\n'), undefined);
});
