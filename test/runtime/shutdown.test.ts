import test from 'ava';
import type { Logger } from '../../src/runtime/logger.ts';
import { Shutdown } from '../../src/runtime/shutdown.ts';
import { FakeTime, settle } from './fake-time.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function setUp() {
  const time = new FakeTime();
  const exits: number[] = [];
  const listeners = new Map<string, (signal: string) => void>();
  const shutdown = new Shutdown({
    process: {
      on: (signal, listener) => listeners.set(signal, listener),
      exit: (code) => exits.push(code),
    },
    timers: time,
    logger: silent,
    deadlineMs: 1000,
  });
  return { time, exits, shutdown, signal: (name: string) => listeners.get(name)?.(name) };
}

test('a signal stops what was started last first, and exits with 0', async (t) => {
  const { time, exits, shutdown, signal } = setUp();
  const stopped: string[] = [];
  for (const name of ['store', 'loops', 'http']) shutdown.add(name, async () => void stopped.push(name));
  shutdown.listen();
  signal('SIGTERM');
  await settle();
  t.deepEqual(stopped, ['http', 'loops', 'store']);
  t.deepEqual(exits, [0]);
  t.is(time.pending, 0);
});

test('each step runs once however often the end is asked for, and the first reason counts', async (t) => {
  const { exits, shutdown } = setUp();
  let stops = 0;
  shutdown.add('store', async () => {
    stops += 1;
  });
  const codes = await Promise.all([shutdown.begin('a defect', 70), shutdown.begin('SIGTERM', 0)]);
  t.deepEqual(codes, [70, 70]);
  t.is(stops, 1);
  t.deepEqual(exits, [70]);
});

test('a step that fails does not keep the others from stopping, and the code tells', async (t) => {
  const { exits, shutdown } = setUp();
  const stopped: string[] = [];
  shutdown.add('store', async () => void stopped.push('store'));
  shutdown.add('http', () => Promise.reject(new Error('x')));
  await shutdown.begin('SIGTERM', 0);
  t.deepEqual(stopped, ['store']);
  t.deepEqual(exits, [1]);
});

test('a step that hangs ends at the deadline', async (t) => {
  const { time, exits, shutdown } = setUp();
  shutdown.add('store', () => new Promise(() => {}));
  void shutdown.begin('SIGTERM', 0);
  await time.advance(999);
  t.deepEqual(exits, []);
  await time.advance(1);
  t.deepEqual(exits, [1]);
});

test('a second signal ends the process at once', async (t) => {
  const { exits, shutdown, signal } = setUp();
  shutdown.add('store', () => new Promise(() => {}));
  shutdown.listen();
  signal('SIGTERM');
  await settle();
  t.deepEqual(exits, []);
  signal('SIGINT');
  t.deepEqual(exits, [1]);
});
