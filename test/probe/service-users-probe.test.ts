/** What is said about the files of a node's services. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { serviceUsersProbe } from '../../src/probe/service-users-probe.ts';
import { look, temporaryDirectory } from './look.ts';

const PASSWORD = '[keystone_authtoken]\nauth_type = password\nusername = placement\npassword = s3cret\n';
const CREDENTIAL = '[keystone_authtoken]\nauth_type = v3applicationcredential\n';

async function probeOf(t: Parameters<typeof temporaryDirectory>[0], files: Readonly<Record<string, string>>) {
  const directory = await temporaryDirectory(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const paths = [...Object.keys(files), 'absent.conf', 'directory'].map((name) => join(directory, name));
  return { directory, probe: serviceUsersProbe({ paths: paths.slice(0, -1), region: 'south', everyMs: 1 }), paths };
}

test('users with a password are named with file, section and what to write, and no secret is', async (t) => {
  const { directory, probe } = await probeOf(t, { 'placement.conf': PASSWORD, 'glance.conf': CREDENTIAL });
  const { health, detail, facts } = await look(probe);
  t.is(health, 'degraded');
  t.true(
    detail.startsWith(
      `ServiceUserWrites: placement signs in with a password ([keystone_authtoken] of ${directory}/placement.conf): `,
    ),
  );
  t.regex(detail, /v3applicationcredential, application_credential_id/);
  t.notRegex(detail, /s3cret/);
  t.deepEqual(facts, { logins: 1 });
});

test('application credentials, and services that are not there, are ok', async (t) => {
  t.is((await look((await probeOf(t, { 'glance.conf': CREDENTIAL })).probe)).health, 'ok');
  t.is((await look((await probeOf(t, {})).probe)).health, 'ok');
});

test('a file that cannot be read or understood is unknown, unless another one has a password', async (t) => {
  const { directory, paths } = await probeOf(t, { 'placement.conf': PASSWORD, 'broken.conf': 'no section = 1\n[' });
  await mkdir(join(directory, 'directory'));
  const at = (...names: readonly string[]) =>
    look(
      serviceUsersProbe({
        paths: paths.filter((path) => names.some((name) => path.endsWith(name))),
        region: 'south',
        everyMs: 1,
      }),
    );
  const unread = await at('directory');
  t.is(unread.health, 'unknown');
  t.regex(unread.detail, /cannot be read \(EISDIR\).*api\.serviceConfigurations/);
  t.is((await at('broken.conf')).health, 'unknown');
  const both = await at('broken.conf', 'placement.conf');
  t.is(both.health, 'degraded');
  t.regex(both.detail, /broken\.conf is not a file/);
});
