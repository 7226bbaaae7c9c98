/**
 * Goal: an edit changes what names a declared Keystone, and nothing else; what is left alone is told. Method: one row for
 * each form in which a Keystone is named.
 */
import test from 'ava';
import { applyEdits } from '../../../src/core/configuration/edit.ts';
import { judgeFile } from '../../../src/core/configuration/file-judgement.ts';
import { type KeystoneBase, parseKeystoneBase } from '../../../src/core/configuration/keystone-url.ts';
import type { WantedKeystone } from '../../../src/core/configuration/option-judgement.ts';
import { serviceRow } from '../../../src/core/configuration/service-table.ts';

const HOME = 'http://192.0.2.10:5000';
const OWN = 'http://198.51.100.10:5000';

function base(text: string): KeystoneBase {
  const parsed = parseKeystoneBase(text);
  if (parsed === undefined) throw new Error(`no base: ${text}`);
  return parsed;
}

function wantedOf(to: string, ...from: readonly string[]): WantedKeystone {
  return { from: from.map(base), to: base(to) };
}

const AWAY = wantedOf(OWN, HOME, OWN);

interface Case {
  readonly service?: string;
  readonly format?: 'oslo' | 'paste' | 'keyed';
  readonly wanted?: WantedKeystone;
  readonly text: string;
  /** Left out: the same text. */
  readonly becomes?: string;
  /** Words of each sentence about what was left alone. */
  readonly leftover?: readonly RegExp[];
}

const becomes = test.macro({
  exec(t, { service = 'nova', format = 'oslo', wanted = AWAY, text, becomes: expected, leftover = [] }: Case) {
    const row = serviceRow(service);
    if (row === undefined) return t.fail(service);
    const judged = judgeFile(row, format, text, wanted);
    t.is(judged.notUnderstood, undefined);
    t.is(applyEdits(text, judged.edits), expected ?? text);
    t.is(judged.changes.length > 0, expected !== undefined);
    t.is(judged.leftover.length, leftover.length, judged.leftover.join('\n'));
    for (const [index, words] of leftover.entries()) t.regex(judged.leftover[index] ?? '', words);
    const again = judgeFile(row, format, expected ?? text, wanted);
    t.deepEqual(again.edits, []);
  },
  title: (providedTitle) => providedTitle ?? '',
});

test('the path, the quotes, the blanks and the order stay', becomes, {
  text: `[keystone_authtoken]\n# ${HOME}\nauth_url  =  "${HOME}/v3/"  \n\n[neutron]\nauth_url: ${HOME}\n`,
  becomes: `[keystone_authtoken]\n# ${HOME}\nauth_url  =  "${OWN}/v3/"  \n\n[neutron]\nauth_url: ${OWN}\n`,
});
test('an option that is given twice is changed twice', becomes, {
  text: `[keystone_authtoken]\nauth_url=${HOME}\nauth_url=${HOME}/v3\n`,
  becomes: `[keystone_authtoken]\nauth_url=${OWN}\nauth_url=${OWN}/v3\n`,
});
test('a value may stand on a line of its own', becomes, {
  text: `[keystone_authtoken]\r\nauth_url =\r\n  ${HOME}\r\n`,
  becomes: `[keystone_authtoken]\r\nauth_url =\r\n  ${OWN}\r\n`,
});
test('a section of any name may hold an auth_url', becomes, {
  text: `[my_credentials]\nauth_url = ${HOME}/v3\n`,
  becomes: `[my_credentials]\nauth_url = ${OWN}/v3\n`,
});
test('scheme and host are compared without case, a missing port is the default of the scheme', becomes, {
  wanted: wantedOf(OWN, 'https://keystone.example.com', OWN),
  text: '[keystone_authtoken]\nauth_url = HTTPS://Keystone.Example.com/v3\nwww_authenticate_uri=https://keystone.example.com:443\n',
  becomes: `[keystone_authtoken]\nauth_url = ${OWN}/v3\nwww_authenticate_uri=${OWN}\n`,
});
test('a Keystone below a path is replaced with its path', becomes, {
  wanted: wantedOf('http://198.51.100.10/identity', 'http://192.0.2.10/identity', 'http://198.51.100.10/identity'),
  text: '[keystone_authtoken]\nauth_url = http://192.0.2.10/identity/v3\n',
  becomes: '[keystone_authtoken]\nauth_url = http://198.51.100.10/identity/v3\n',
});
test('of two Keystones on one host the one with the longer path is meant', becomes, {
  wanted: wantedOf('http://198.51.100.10/identity', 'http://192.0.2.10', 'http://192.0.2.10/identity'),
  text: '[keystone_authtoken]\nauth_url = http://192.0.2.10/identity/v3\n[nova]\nauth_url = http://192.0.2.10/v3\n',
  becomes:
    '[keystone_authtoken]\nauth_url = http://198.51.100.10/identity/v3\n[nova]\nauth_url = http://198.51.100.10/identity/v3\n',
});
test('an IPv6 address keeps its brackets', becomes, {
  wanted: wantedOf('http://[2001:db8::2]:5000', 'http://[2001:db8::1]:5000'),
  text: '[keystone_authtoken]\nauth_url = http://[2001:DB8::1]:5000/v3\n',
  becomes: '[keystone_authtoken]\nauth_url = http://[2001:db8::2]:5000/v3\n',
});
test('another port of the same host is another Keystone', becomes, {
  text: '[keystone_authtoken]\nauth_url = http://192.0.2.10:35357\n',
  leftover: [/^line 2: \[keystone_authtoken\] auth_url names http:\/\/192\.0\.2\.10:35357, which is no declared/],
});
test('a longer host is another host', becomes, {
  text: '[keystone_authtoken]\nauth_url = http://192.0.2.100:5000\n',
  leftover: [/no declared Keystone/],
});
test('a variable is not followed', becomes, {
  text: '[DEFAULT]\nmy_ip = 192.0.2.10\n[keystone_authtoken]\nauth_url = http://$my_ip:5000\n',
  leftover: [/^line 4: .* by way of a variable/],
});
test('a user name and a password in an URL are neither read nor repeated', becomes, {
  text: '[keystone_authtoken]\nauth_url = http://admin:secret@192.0.2.10:5000\n',
  leftover: [/^line 2: \[keystone_authtoken\] auth_url holds no plain URL$/],
});
test('a declared Keystone in an unknown option is told, with or without a scheme', becomes, {
  text: `[a]\nb = x ${HOME}/v3 y\nc = 192.0.2.10:5000\nd = 192.0.2.10:50001, ${OWN}, 1192.0.2.10:5000\n`,
  leftover: [/^line 2: \[a\] b names the Keystone http:\/\/192\.0\.2\.10:5000/, /^line 3: \[a\] c names/],
});
test('the list of Keystones that Heat allows gets the wanted one, once', becomes, {
  service: 'heat',
  text: `[auth_password]\nallowed_auth_uris = http://203.0.113.9:5000/v3,\n  ${HOME}/v3\n[clients_keystone]\nauth_uri = ${HOME}\n`,
  becomes: `[auth_password]\nallowed_auth_uris = http://203.0.113.9:5000/v3,\n  ${OWN}/v3\n[clients_keystone]\nauth_uri = ${OWN}\n`,
});
test('a list that allows the wanted one stays as it is', becomes, {
  service: 'heat',
  text: `[auth_password]\nallowed_auth_uris = ${HOME}/v3, ${OWN}/v3\n`,
});
test('a Keystone that is named by its parts', becomes, {
  wanted: wantedOf('https://198.51.100.10:5000', 'http://192.0.2.10:35357'),
  text: '[keystone_authtoken]\nauth_host = 192.0.2.10\nauth_port = 35357\nauth_protocol = http\n',
  becomes: '[keystone_authtoken]\nauth_host = 198.51.100.10\nauth_port = 5000\nauth_protocol = https\n',
});
test('a part that is not there cannot be changed', becomes, {
  wanted: wantedOf(OWN, 'https://192.0.2.10:35357'),
  text: '[keystone_authtoken]\nauth_host = 192.0.2.10\n',
  leftover: [/without the option auth_port/],
});
test("paste: the middleware's filter, and s3token's versioned URL", becomes, {
  service: 'swift',
  format: 'paste',
  text: `[filter:authtoken]\nset auth_url = ${HOME}\n[filter:s3token]\nauth_uri = ${HOME}/v3\n`,
  becomes: `[filter:authtoken]\nset auth_url = ${OWN}\n[filter:s3token]\nauth_uri = ${OWN}/v3\n`,
});
test('a YAML file and a shell script', becomes, {
  service: 'clients',
  format: 'keyed',
  text: `clouds:\n  a:\n    auth:\n      auth_url: "${HOME}/v3"  # c\nexport OS_AUTH_URL=${HOME}/v3\n`,
  becomes: `clouds:\n  a:\n    auth:\n      auth_url: "${OWN}/v3"  # c\nexport OS_AUTH_URL=${OWN}/v3\n`,
});

test('a file with a byte order mark or a NUL is not understood', (t) => {
  const row = serviceRow('nova');
  if (row === undefined) return t.fail();
  for (const text of ['\ufeff[a]\n', '[a]\nb=\0\n', 'b=1\n'])
    t.not(judgeFile(row, 'oslo', text, AWAY).notUnderstood, undefined);
});
