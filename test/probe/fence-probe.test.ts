/** What is seen of the fence, and what an operator is told to do. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fenceProbe } from '../../src/probe/fence-probe.ts';
import { look, temporaryDirectory } from './look.ts';

const REMEDY = /; run: systemctl enable --now regent-fence\.service$/;

test('a fence that is not there is a failure with its remedy', async (t) => {
  const pidFile = join(await temporaryDirectory(t), 'pid');
  const seen = await look(fenceProbe({ everyMs: 500, pidFile }));
  t.is(seen.health, 'failed');
  t.regex(seen.detail, /^regent-fence does not run: there is no /);
  t.regex(seen.detail, REMEDY);
});

test('another process with its number is no fence', async (t) => {
  const pidFile = join(await temporaryDirectory(t), 'pid');
  await writeFile(pidFile, '1\n');
  const seen = await look(fenceProbe({ everyMs: 500, pidFile }));
  t.is(seen.health, 'failed');
  t.regex(seen.detail, REMEDY);
});

test('a process that is called so is one', async (t) => {
  const pidFile = join(await temporaryDirectory(t), 'pid');
  const { title } = process;
  t.teardown(() => {
    process.title = title;
  });
  process.title = 'regent-fence';
  await writeFile(pidFile, `${process.pid}\n`);
  const seen = await look(fenceProbe({ everyMs: 500, pidFile }));
  // A test may run in a thread whose name is not the process's.
  t.true(seen.health === 'ok' || /which is \S+/.test(seen.detail), seen.detail);
});
