/** With real FIFOs; a writer stands for keepalived, which holds its own FIFO open for reading as well. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { NotifyFifo } from '../../src/probe/notify-fifo.ts';
import { must } from '../bed/run.ts';
import { FakeTime } from '../runtime/fake-time.ts';
import { temporaryDirectory } from './look.ts';

const RETRY_MS = 1000;

async function setUp(t: ExecutionContext) {
  const path = join(await temporaryDirectory(t), 'regent.fifo');
  const time = new FakeTime();
  const told: string[] = [];
  const problems: string[] = [];
  const fifo = new NotifyFifo({
    path,
    timers: time,
    retryMs: RETRY_MS,
    onState: (instance, state) => told.push(`${instance} ${state}`),
    onProblem: (problem) => problems.push(problem),
  });
  t.teardown(async () => {
    await fifo.stop();
    if (time.pending > 0) throw new Error('a timer is left');
  });
  /** Real I/O goes on while the clock does not; AVA ends a test that waits for what never comes. */
  const heard = async (count: number): Promise<void> => {
    while (told.length < count) await turn();
  };
  /** Lets the reader open what is there. */
  const retry = async (): Promise<void> => {
    while (time.pending === 0) await turn();
    await time.advance(RETRY_MS);
    while (time.pending === 0) await turn();
  };
  return { path, time, told, problems, fifo, heard, retry };
}

async function keepalived(t: ExecutionContext, path: string): Promise<FileHandle> {
  await must(['mkfifo', path]);
  const handle = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.teardown(() => handle.close());
  return handle;
}

test('what keepalived says is told in our words, whole lines only', async (t) => {
  const { path, told, fifo, heard } = await setUp(t);
  const writer = await keepalived(t, path);
  fifo.start();
  await writer.write('INSTANCE "north" BACKUP 100\nGROUP "g" MASTER 0\nINSTANCE "no');
  await heard(1);
  await writer.write('rth" MASTER 100\n');
  await heard(2);
  t.deepEqual(told, ['north backup', 'north primary']);
});

test('a FIFO that comes later is found', async (t) => {
  const { path, told, problems, fifo, heard, retry } = await setUp(t);
  fifo.start();
  await retry();
  const writer = await keepalived(t, path);
  await retry();
  await writer.write('INSTANCE "north" FAULT 0\n');
  await heard(1);
  t.deepEqual(told, ['north fault']);
  t.deepEqual(problems, [], 'that keepalived does not run is no problem of the FIFO');
});

test('a keepalived that ends and starts again is heard again', async (t) => {
  const { path, told, fifo, heard, retry } = await setUp(t);
  const first = await keepalived(t, path);
  fifo.start();
  await first.write('INSTANCE "north" MASTER 100\n');
  await heard(1);
  await first.close();
  await rm(path);
  await retry();
  const second = await keepalived(t, path);
  await retry();
  await second.write('INSTANCE "north" BACKUP 100\n');
  await heard(2);
  t.deepEqual(told, ['north primary', 'north backup']);
});

test('a FIFO that took the place of one that never ended is found', async (t) => {
  const { path, fifo, told, heard, retry } = await setUp(t);
  const first = await keepalived(t, path);
  fifo.start();
  await first.write('INSTANCE "a" MASTER 100\n');
  await heard(1);
  await rm(path);
  const second = await keepalived(t, path);
  await retry();
  await second.write('INSTANCE "b" MASTER 100\n');
  await heard(2);
  t.deepEqual(told, ['a primary', 'b primary']);
});

test('a writer that ends and leaves the FIFO is waited for without a busy loop', async (t) => {
  const { path, told, fifo, heard, retry } = await setUp(t);
  const first = await keepalived(t, path);
  fifo.start();
  await first.write('INSTANCE "north" MASTER 100\n');
  await heard(1);
  await first.close();
  await retry();
  const again = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.teardown(() => again.close());
  await again.write('INSTANCE "north" BACKUP 100\n');
  await retry();
  await heard(2);
  t.is(told[1], 'north backup');
});

test('what is not a FIFO is told once and tried again', async (t) => {
  const { path, problems, fifo, retry } = await setUp(t);
  await writeFile(path, 'INSTANCE "north" MASTER 100\n');
  fifo.start();
  await retry();
  await retry();
  t.is(problems.length, 1);
  t.regex(problems[0] ?? '', /not a FIFO/);
});

test('starting and stopping are idempotent, and nothing is told in between', async (t) => {
  const { path, told, fifo, heard, time } = await setUp(t);
  const writer = await keepalived(t, path);
  await fifo.stop();
  fifo.start();
  fifo.start();
  const stopping = fifo.stop();
  fifo.start();
  await stopping;
  await writer.write('INSTANCE "north" MASTER 100\n');
  await heard(1);
  await Promise.all([fifo.stop(), fifo.stop()]);
  t.is(time.pending, 0);
  await writer.write('INSTANCE "north" BACKUP 100\n');
  for (let count = 0; count < 20; count++) await turn();
  t.deepEqual(told, ['north primary']);
  fifo.start();
  await heard(2);
  t.is(told[1], 'north backup', 'the FIFO has kept it');
});

test('a FIFO that is being read does not keep the process alive', async (t) => {
  const { path } = await setUp(t);
  await keepalived(t, path);
  const program = `
    import { NotifyFifo } from ${JSON.stringify(new URL('../../src/probe/notify-fifo.ts', import.meta.url).href)};
    const timers = { after: (delayMs, run) => { const timer = setTimeout(run, delayMs).unref(); return { cancel: () => clearTimeout(timer) }; } };
    new NotifyFifo({ path: ${JSON.stringify(path)}, timers, onState: () => {} }).start();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  t.is(code, 0);
});
