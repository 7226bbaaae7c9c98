/** The clock that the agent and the fence share. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { bootMs, readBootId } from '../../src/runtime/boot-clock.ts';

test('it goes on, and is never ahead of itself', async (t) => {
  const start = performance.now();
  const first = bootMs();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const passed = bootMs() - first;
  t.true(passed >= 20);
  t.true(passed <= performance.now() - start + 20);
});

test('hundredths of a second are whole milliseconds', async (t) => {
  const path = join(await mkdtemp(join(tmpdir(), 'regent-uptime-')), 'uptime');
  await writeFile(path, '1234567.29 9876543.21\n');
  t.is(bootMs(path), 1_234_567_290);
  await writeFile(path, 'unknown');
  t.throws(() => bootMs(path), { message: /not seconds since the boot/ });
});

test('a boot has a name', (t) => {
  t.regex(readBootId(), /^[0-9a-f-]{36}$/);
});
