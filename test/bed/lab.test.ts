/**
 * A lab leaves nothing behind: no process, no mount, no directory, however the test that made it ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import test from 'ava';
import { Lab } from './lab.ts';

test('what runs in a lab has a network and a file system of its own', async (t) => {
  const lab = await Lab.start();
  t.teardown(() => lab.stop());
  t.regex(await lab.run(['ip', '-brief', 'address']), /^lo .*127\.0\.0\.1/);
  await lab.run(['sh', '-c', 'touch /etc/only-here && echo seen >/lab/seen']);
  await t.throwsAsync(access('/etc/only-here'));
  await t.notThrowsAsync(access(`${lab.directory}/seen`));
  await t.notThrowsAsync(access(lab.pathOf('/etc/only-here')));
});

test('a stopped lab has taken everything along', async (t) => {
  const lab = await Lab.start();
  const daemon = await lab.spawn(['/usr/bin/sleep', '1000']);
  const forward = await lab.forward(1);
  await lab.stop();
  await lab.stop();
  t.throws(() => process.kill(daemon.pid, 0), { code: 'ESRCH' });
  await t.throwsAsync(access(lab.directory));
  const refused = connect(forward.port, '127.0.0.1');
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNREFUSED');
});

test('a lab ends with the process that made it, also if that is killed', async (t) => {
  const script = `
    const { Lab } = await import(${JSON.stringify(new URL('./lab.ts', import.meta.url).href)});
    const lab = await Lab.start();
    const daemon = await lab.spawn(['/usr/bin/sleep', '1000']);
    console.log(daemon.pid, lab.directory);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const [pid, directory] = [Number(line.toString().split(' ')[0]), line.toString().trim().split(' ')[1] ?? ''];
  t.notThrows(() => process.kill(pid, 0));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  for (let attempt = 0; attempt < 1_200 && isAlive(pid); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 25));
  t.false(isAlive(pid));
  for (let attempt = 0; attempt < 1_200 && existsSync(directory); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 25));
  t.false(existsSync(directory));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
