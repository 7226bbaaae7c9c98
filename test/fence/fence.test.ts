/** The fence's rounds on a clock that is moved by hand: when it prepares, closes, waits, and what it tells. */
import test from 'ava';
import { FENCE_GRACE_MS, type FenceReport } from '../../src/core/dead-mans-switch.ts';
import type { Closing, ClosingOrder } from '../../src/fence/close-server.ts';
import { Fence } from '../../src/fence/fence.ts';
import { FakeTime } from '../runtime/fake-time.ts';

const DEADLINE_MS = 5_000;

function aFence(closes: (order: ClosingOrder) => Promise<Closing> = async () => ({ how: 'read-only' })) {
  const time = new FakeTime();
  const files = new Map<string, string>();
  const reports: FenceReport[] = [];
  const said: string[] = [];
  const world = { closings: 0, looks: 0, prepared: 0, preparing: async () => {}, changed: () => {}, isClosed: false };
  const order = (difference: object = {}) => ({
    version: 1,
    node: 'north-3',
    database: 'keystone',
    term: '7',
    serverInvocation: 'inv-1',
    deadlineBootMs: DEADLINE_MS,
    bootId: 'boot-1',
    ...difference,
  });
  const write = (difference: object = {}): void => {
    files.set('keystone', JSON.stringify(order(difference)));
    world.changed();
  };
  const fence = new Fence({
    orders: {
      read: () => {
        world.looks += 1;
        return [...files].map(([database, text]) => ({ database, text }));
      },
      report: (report) => reports.push(report),
      onChange: (listener) => {
        world.changed = listener;
      },
    },
    bootId: 'boot-1',
    bootMs: () => time.nowMs(),
    wallMs: () => 42,
    timers: time,
    prepare: async () => {
      world.prepared += 1;
      await world.preparing();
    },
    close: async (asked) => {
      world.closings += 1;
      if (world.isClosed) return { how: 'was-closed' };
      const closing = await closes(asked);
      world.isClosed = closing.how === 'read-only' || closing.how === 'killed';
      return closing;
    },
    say: (line) => said.push(line),
  });
  const until = (ms: number) => time.advance(ms - time.nowMs());
  return { time, files, reports, said, world, write, fence, until };
}

test('without orders it does nothing, and looks once a second', async (t) => {
  const { fence, world, time, said } = aFence();
  fence.start();
  await time.advance(10_000);
  t.is(world.closings, 0);
  t.is(world.prepared, 0);
  t.is(world.looks, 11);
  t.deepEqual(said, []);
});

test('it prepares as soon as there is an order, and closes at the deadline and its grace, not before', async (t) => {
  const { fence, world, write, until, reports, said } = aFence();
  fence.start();
  write();
  t.true(world.prepared > 0);
  await until(DEADLINE_MS + FENCE_GRACE_MS - 1);
  t.is(world.closings, 0);
  await until(DEADLINE_MS + FENCE_GRACE_MS);
  t.is(world.closings, 1);
  t.like(reports[0], { version: 1, database: 'keystone', term: '7', how: 'read-only', atMs: 42 });
  t.regex(said[0] ?? '', /keystone: closed the server .* term 7/);
});

test('as long as the order is renewed nothing is closed', async (t) => {
  const { fence, world, write, time } = aFence();
  fence.start();
  for (let renewal = 0; renewal < 20; renewal += 1) {
    write({ deadlineBootMs: time.nowMs() + 2_400 });
    await time.advance(600);
  }
  t.is(world.closings, 0);
});

test('an order that is taken back closes nothing', async (t) => {
  const { fence, world, write, until, files } = aFence();
  fence.start();
  write();
  await until(DEADLINE_MS - 1);
  files.clear();
  await until(DEADLINE_MS + 5_000);
  t.is(world.closings, 0);
});

test('changes that the kernel does not tell of are seen in time', async (t) => {
  const { fence, world, files, until, write } = aFence();
  write({ deadlineBootMs: 2_400 });
  const text = files.get('keystone') ?? '';
  files.clear();
  fence.start();
  files.set('keystone', text);
  await until(2_400 + FENCE_GRACE_MS);
  t.is(world.closings, 1);
});

test('an order that has run out before the fence began is closed at once', async (t) => {
  const { fence, world, write, time } = aFence();
  write({ deadlineBootMs: 10 });
  fence.start();
  await time.advance(0);
  t.is(world.closings, 1);
});

test('an order of another boot is none', async (t) => {
  const { fence, world, write, time } = aFence();
  write({ deadlineBootMs: 10, bootId: 'boot-0' });
  fence.start();
  await time.advance(5_000);
  t.is(world.closings, 0);
});

test('an order that cannot be read closes, and the report says why', async (t) => {
  const { fence, files, reports, time } = aFence();
  files.set('keystone', '{');
  fence.start();
  await time.advance(0);
  t.like(reports[0], { term: null, cause: 'its order cannot be read: not a JSON object' });
});

test('it stays on an order that has run out: what is opened again is closed again', async (t) => {
  const { fence, world, write, time, reports } = aFence();
  write({ deadlineBootMs: 10 });
  fence.start();
  await time.advance(2_000);
  t.is(reports.length, 1, 'told once');
  world.isClosed = false;
  await time.advance(200);
  t.is(reports.length, 2);
});

test('a closing that fails is tried again, and told once', async (t) => {
  const { fence, world, write, time, said, reports } = aFence(async () => ({ how: 'failed', detail: 'no answer' }));
  write({ deadlineBootMs: 10 });
  fence.start();
  await time.advance(1_000);
  t.true(world.closings >= 4);
  t.is(said.length, 1);
  t.regex(said[0] ?? '', /MAY BE OPEN.*no answer/);
  t.deepEqual(reports, []);
});

test('an agent that renews during the closing is heard', async (t) => {
  let stands: boolean | undefined;
  const { fence, write, time, said, reports } = aFence(async ({ stillStands }) => {
    write({ deadlineBootMs: 99_000 });
    stands = stillStands();
    return { how: 'withdrawn' };
  });
  write({ deadlineBootMs: 10 });
  fence.start();
  await time.advance(0);
  t.false(stands);
  t.deepEqual(reports, []);
  t.regex(said[0] ?? '', /renewed while/);
});

test('a preparation that hangs or fails keeps no deadline waiting', async (t) => {
  for (const preparing of [() => new Promise<void>(() => {}), async () => Promise.reject(new Error('refused'))]) {
    const { fence, world, write, until } = aFence();
    world.preparing = preparing;
    fence.start();
    write();
    await until(DEADLINE_MS + FENCE_GRACE_MS);
    t.is(world.closings, 1);
  }
});
