/** What is seen of the fence, and what an operator is told to do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fenceProbe } from '../../src/probe/fence-probe.ts';
import { look, temporaryDirectory } from './look.ts';

const START_IT = /; run: systemctl enable --now regent-fence\.service$/;

const probe = (directory: string) => fenceProbe({ everyMs: 500, directory, bootId: 'boot-1' });

async function aProcess(t: ExecutionContext, directory: string): Promise<ChildProcess> {
  const program = join(directory, 'regent-fence');
  await copyFile('/bin/sleep', program);
  await chmod(program, 0o755);
  const child = spawn(program, ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  t.teardown(() => child.kill('SIGKILL'));
  await writeFile(join(directory, 'pid'), `${child.pid}\n`);
  return child;
}

test('a fence that is not there is a failure with its remedy', async (t) => {
  const seen = await look(probe(await temporaryDirectory(t)));
  t.is(seen.health, 'failed');
  t.regex(seen.detail, /^regent-fence does not run: there is no /);
  t.regex(seen.detail, START_IT);
});

test('another process with its number is no fence', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'pid'), '1\n');
  const seen = await look(probe(directory));
  t.is(seen.health, 'failed');
  t.regex(seen.detail, START_IT);
});

test('one that runs in this boot is well; one that believes to be in another heeds no order', async (t) => {
  const directory = await temporaryDirectory(t);
  const child = await aProcess(t, directory);
  await writeFile(join(directory, 'boot-id'), 'boot-1\n');
  t.like(await look(probe(directory)), { health: 'ok', facts: { pid: child.pid ?? 0 } });
  await writeFile(join(directory, 'boot-id'), 'boot-0\n');
  const seen = await look(probe(directory));
  t.is(seen.health, 'failed');
  t.regex(seen.detail, /ignores the agent's orders: .*"boot-0".* boot-1; give .* the same sandbox$/);
});
