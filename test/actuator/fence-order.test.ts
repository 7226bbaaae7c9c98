/** The agent's side of the dead man's switch, on real files. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { FenceFiles } from '../../src/actuator/fence-order.ts';
import { readFenceOrder } from '../../src/core/dead-mans-switch.ts';

async function aSwitch() {
  const directory = await mkdtemp(join(tmpdir(), 'regent-fence-'));
  const clock = { now: 5_000 };
  const files = new FenceFiles({
    directory,
    node: 'north-3',
    database: 'keystone',
    bootId: 'boot-1',
    bootMs: () => clock.now,
  });
  const path = join(directory, 'armed/keystone.json');
  const read = async () => readFenceOrder(await readFile(path, 'utf8').catch(() => undefined));
  return { directory, clock, files, path, read };
}

const right = (remainingMs: number) => ({ term: 7n, serverInvocation: 'inv-1', remainingMs: () => remainingMs });

test('an order is there as a whole, for nobody else, and nothing beside it', async (t) => {
  const { files, path, read, directory } = await aSwitch();
  files.arm(right(2_400));
  t.deepEqual(await read(), {
    ok: true,
    order: {
      version: 1,
      node: 'north-3',
      database: 'keystone',
      term: '7',
      serverInvocation: 'inv-1',
      deadlineBootMs: 7_400,
      bootId: 'boot-1',
    },
  });
  t.is((await stat(path)).mode & 0o777, 0o600);
  t.is((await stat(join(directory, 'armed'))).mode & 0o777, 0o700);
  t.deepEqual(await readdir(join(directory, 'armed')), ['keystone.json']);
});

test('time that passes between the two clocks makes the deadline earlier', async (t) => {
  const { files, clock, read } = await aSwitch();
  const remainingMs = () => {
    clock.now += 500;
    return 1_900;
  };
  files.arm({ ...right(0), remainingMs });
  t.like(await read(), { order: { deadlineBootMs: 6_900 } });
});

test('a renewal replaces the order; taking it back is idempotent', async (t) => {
  const { files, clock, read } = await aSwitch();
  files.arm(right(2_400));
  clock.now = 5_600;
  files.arm(right(2_400));
  t.like(await read(), { order: { deadlineBootMs: 8_000 } });
  files.disarm();
  files.disarm();
  t.false((await read()).ok);
});

test('an order that stands is left alone by who is not sure yet', async (t) => {
  const { files, read, clock, path } = await aSwitch();
  t.true(files.armIfDisarmed(right(2_400)));
  clock.now = 6_000;
  t.false(files.armIfDisarmed(right(2_400)));
  t.like(await read(), { order: { deadlineBootMs: 7_400 } });
  await writeFile(path, 'torn');
  t.false(files.armIfDisarmed(right(2_400)), 'nobody knows what it said');
});

test('an order of another boot protects nothing', async (t) => {
  const { files, read, path } = await aSwitch();
  files.arm(right(1));
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('boot-1', 'boot-0'));
  t.true(files.armIfDisarmed(right(2_400)));
  t.like(await read(), { order: { bootId: 'boot-1' } });
});

test('an order that cannot be given is an error', async (t) => {
  const { files, directory } = await aSwitch();
  await rm(directory, { recursive: true });
  await writeFile(directory, '');
  t.throws(() => files.arm(right(2_400)), { code: 'ENOTDIR' });
});

test('a report is told once', async (t) => {
  const { files, directory } = await aSwitch();
  t.is(files.takeReport(), undefined);
  const report = { version: 1, database: 'keystone', term: '7', how: 'killed', cause: 'late', atMs: 1, tookMs: 2 };
  await mkdir(join(directory, 'closed'));
  await writeFile(join(directory, 'closed/keystone.json'), JSON.stringify(report));
  t.deepEqual(files.takeReport(), report as never);
  t.is(files.takeReport(), undefined);
});
