/** With processes that are called keepalived and do nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { keepalivedProbe } from '../../src/probe/keepalived-probe.ts';
import { look, temporaryDirectory } from './look.ts';

async function idle(t: ExecutionContext, directory: string, name: string): Promise<ChildProcess> {
  const program = join(directory, name);
  await copyFile('/bin/sleep', program);
  await chmod(program, 0o755);
  const child = spawn(program, ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  return child;
}

const probeOf = (pidFile: string) => keepalivedProbe({ everyMs: 500, pidFile });

test('a keepalived that runs is ok, a stopped one and one that ended have failed', async (t) => {
  const directory = await temporaryDirectory(t);
  const pidFile = join(directory, 'pid');
  const child = await idle(t, directory, 'keepalived');
  await writeFile(pidFile, `${child.pid}\n`);
  const seen = await look(probeOf(pidFile));
  t.deepEqual([seen.health, seen.facts], ['ok', { pid: child.pid ?? 0 }]);

  child.kill('SIGSTOP');
  while (!(await readFile(`/proc/${child.pid}/stat`, 'utf8')).includes(') T ')) await turn();
  t.is((await look(probeOf(pidFile))).health, 'failed');

  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  t.is((await look(probeOf(pidFile))).health, 'failed');
});

test('another process with the number of a dead keepalived is none', async (t) => {
  const directory = await temporaryDirectory(t);
  const pidFile = join(directory, 'pid');
  const child = await idle(t, directory, 'keepalive');
  await writeFile(pidFile, String(child.pid));
  const { health, detail } = await look(probeOf(pidFile));
  t.is(health, 'failed');
  t.regex(detail, /keepalive$/);
});

test('without its pid file keepalived does not run', async (t) => {
  t.is((await look(probeOf(join(await temporaryDirectory(t), 'none')))).health, 'failed');
});

test('a pid file that cannot be read or understood tells nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'pid'));
  t.is((await look(probeOf(join(directory, 'pid')))).health, 'unknown');
  for (const [index, content] of ['', 'keepalived', '-1', '0', '../1'].entries()) {
    const pidFile = join(directory, String(index));
    await writeFile(pidFile, content);
    t.is((await look(probeOf(pidFile))).health, 'unknown', content);
  }
});
