/**
 * The process of a database server, with a real process and a systemctl of the test's own: what systemd says is known;
 * what matters is that a death is seen at once and that a role is on disk before a start.
 */
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { runCommand } from '../../src/actuator/command.ts';
import { ServerRefused, ServerUnreachable } from '../../src/actuator/database-server.ts';
import { MariadbProcess } from '../../src/actuator/mariadb-process.ts';
import { grantsOf, noGrants } from '../../src/core/grants.ts';

const UNIT = 'mariadb.service';

/** `start` copies the role to `role-at-start`, so that a test sees what a server would have read. */
const SYSTEMCTL = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >>calls
case "$1" in
  show) cat running 2>/dev/null || printf 'MainPID=0\\nInvocationID=\\n' ;;
  start)
    [ -e broken ] && { echo 'Job failed.' >&2; exit 1; }
    cp role.cnf role-at-start
    setsid sleep 600 >/dev/null 2>&1 &
    printf 'MainPID=%s\\nInvocationID=%s\\n' "$!" "start-$!" >running ;;
esac
`;

async function world(t: ExecutionContext) {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'regent-process-')));
  const systemctl = join(directory, 'systemctl');
  const roleFile = join(directory, 'role.cnf');
  await writeFile(systemctl, SYSTEMCTL);
  await chmod(systemctl, 0o755);
  const grants = grantsOf({ files: [roleFile], units: [UNIT], addresses: [], haproxy: null });
  const options = { unit: UNIT, roleFile, systemctl };
  const server = new MariadbProcess({ ...options, grants });
  const text = async (name: string): Promise<string> => readFile(join(directory, name), 'utf8').catch(() => '');
  const pid = async (): Promise<number> => Number(/MainPID=(\d+)/.exec(await text('running'))?.[1] ?? 0);
  t.teardown(async () => {
    const last = await pid();
    if (last > 0 && (await server.invocation()) !== undefined) process.kill(last, 'SIGKILL');
    await rm(directory, { recursive: true });
  });
  const calls = async (): Promise<readonly string[]> => (await text('calls')).split('\n').filter((line) => line !== '');
  return { directory, options, server, text, pid, calls };
}

/** Resolves when the kernel has ended the process; AVA ends a test that waits for what never comes. */
async function ended(pid: number): Promise<void> {
  const stat = () => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ');
  while (!(await stat()).includes(') Z ')) await turn();
}

test('a server is started with its role written before, and its invocation is known', async (t) => {
  const { server, text, pid } = await world(t);
  t.is(await server.invocation(), undefined);
  await server.start('former');
  t.regex(await text('role-at-start'), /^\[mariadbd\]\ninit_rpl_role=SLAVE\nrpl_semi_sync_slave_enabled=1$/m);
  t.is(await server.invocation(), `start-${await pid()}`);
});

test('a server that keeps its tail is started as what it was', async (t) => {
  const { server, text } = await world(t);
  await server.start('keep');
  t.regex(await text('role-at-start'), /^init_rpl_role=MASTER$/m);
  t.notRegex(await text('role-at-start'), /semi_sync/);
});

test('a running server is not started again, whatever its role', async (t) => {
  const { server, calls, text } = await world(t);
  await server.start('keep');
  await server.start('former');
  t.is((await calls()).filter((call) => call.startsWith('start')).length, 1);
  t.regex(await text('role.cnf'), /MASTER/);
});

test('a living server is looked up without asking systemd, and its death is seen at the next look', async (t) => {
  const { server, calls, pid } = await world(t);
  await server.start('keep');
  const before = (await calls()).length;
  for (let look = 0; look < 5; look++) t.not(await server.invocation(), undefined);
  t.is((await calls()).length, before);
  process.kill(await pid(), 'SIGKILL');
  await ended(await pid());
  t.is(await server.invocation(), undefined);
});

test('a killed server is gone when the call returns, and killing nothing is done', async (t) => {
  const { server, pid } = await world(t);
  await server.start('keep');
  const killed = await pid();
  await server.kill();
  t.regex((await runCommand(['/bin/cat', `/proc/${killed}/stat`])).stdout, /^$|\) Z /);
  t.is(await server.invocation(), undefined);
  await server.kill();
});

test('a start that fails is an error, and so is one without grants', async (t) => {
  const { server, options, directory, calls } = await world(t);
  await writeFile(join(directory, 'broken'), '');
  await t.throwsAsync(server.start('keep'), { instanceOf: ServerUnreachable, code: 'NotStarted' });
  const bare = new MariadbProcess({ ...options, grants: noGrants });
  const before = (await calls()).length;
  await t.throwsAsync(bare.start('keep'), { instanceOf: ServerRefused, code: 'NotGranted' });
  await t.throwsAsync(bare.kill(), { instanceOf: ServerRefused, code: 'NotGranted' });
  const unitOnly = grantsOf({ files: [], units: [UNIT], addresses: [], haproxy: null });
  const withoutFile = new MariadbProcess({ ...options, grants: unitOnly });
  await t.throwsAsync(withoutFile.start('keep'), { instanceOf: ServerRefused, code: 'NotGranted' });
  t.false((await calls()).slice(before).some((call) => call.startsWith('start')));
});

test('a systemd that does not answer is no server that is gone', async (t) => {
  const { options } = await world(t);
  const away = new MariadbProcess({ ...options, grants: noGrants, systemctl: '/bin/false' });
  await t.throwsAsync(away.invocation(), { instanceOf: ServerUnreachable, code: 'SystemdAway' });
});
