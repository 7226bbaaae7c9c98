import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { isGone, processIdentity } from '../../src/actuator/process-identity.ts';

test('a process lives until it ends, and another with its number is not it', async (t) => {
  const child = spawn('/bin/sleep', ['600']);
  await once(child, 'spawn');
  const identity = await processIdentity(child.pid ?? 0);
  if (identity === undefined) throw new Error('a running process has an identity');
  t.false(await isGone(identity));
  t.true(await isGone({ ...identity, startTicks: `${Number(identity.startTicks) + 1}` }));
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  t.true(await isGone(identity));
  t.is(await processIdentity(identity.pid), undefined);
});

test('a stopped process is not gone', async (t) => {
  const child = spawn('/bin/sleep', ['600']);
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  child.kill('SIGSTOP');
  const identity = await processIdentity(child.pid ?? 0);
  t.false(identity === undefined || (await isGone(identity)));
});
