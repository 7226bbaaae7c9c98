import test from 'ava';
import { Pacer } from '../../src/store/pacer.ts';
import { Scheduler } from '../simulation/scheduler.ts';

/** No jitter: half of [0, 1) is the middle of the spread. */
const random = { next: () => 0.5 };

function pacerOf(work: () => Promise<void>, problems: unknown[] = []) {
  const scheduler = new Scheduler();
  const ports = { clock: scheduler, timers: scheduler, random };
  return {
    scheduler,
    pacer: new Pacer({ ...ports, everyMs: 1_000, work, onProblem: (error) => problems.push(error) }),
  };
}

test('work runs at its pace', async (t) => {
  const runs: number[] = [];
  const { scheduler, pacer } = pacerOf(async () => {
    runs.push(scheduler.nowMs());
  });
  pacer.wake(0);
  await scheduler.advance(3_500);
  t.deepEqual(runs, [0, 1_000, 2_000, 3_000]);
  await pacer.stop();
  await scheduler.advance(5_000);
  t.is(runs.length, 4);
});

test('a wake-up brings the next run forward, and never puts it off', async (t) => {
  const runs: number[] = [];
  const { scheduler, pacer } = pacerOf(async () => {
    runs.push(scheduler.nowMs());
  });
  pacer.wake(0);
  await scheduler.advance(100);
  pacer.wake(200);
  pacer.wake(500);
  await scheduler.advance(500);
  t.deepEqual(runs, [0, 300]);
});

test('work never runs twice at a time, and a wake-up in between is not lost', async (t) => {
  let running = 0;
  let most = 0;
  const runs: number[] = [];
  const { scheduler, pacer } = pacerOf(async () => {
    runs.push(scheduler.nowMs());
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => scheduler.after(300, resolve));
    running -= 1;
  });
  pacer.wake(0);
  await scheduler.advance(100);
  pacer.wake(0);
  await scheduler.advance(500);
  t.is(most, 1);
  t.deepEqual(runs, [0, 300]);
});

test('work that fails is told and runs again in its turn', async (t) => {
  const problems: unknown[] = [];
  let runs = 0;
  const { scheduler, pacer } = pacerOf(async () => {
    runs += 1;
    throw new Error('no');
  }, problems);
  pacer.wake(0);
  await scheduler.advance(1_500);
  t.is(runs, 2);
  t.is(problems.length, 2);
});
