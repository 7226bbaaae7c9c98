import test from 'ava';
import type { TickErrorKind } from '../../src/runtime/tick-error.ts';
import { type TickFailure, TickLoop, type TickLoopOptions } from '../../src/runtime/tick-loop.ts';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { FakeTime, fixedRandom } from './fake-time.ts';

function setUp(options: Partial<TickLoopOptions>) {
  const time = new FakeTime();
  const failures: TickFailure[] = [];
  const ends: (TickErrorKind | undefined)[] = [];
  const loop = new TickLoop(
    {
      clock: time,
      timers: time,
      random: fixedRandom(0),
      onFailed: (failure) => failures.push(failure),
      onTick: (_loop, _durationMs, kind) => ends.push(kind),
    },
    { name: 'duty', everyMs: 1000, timeoutMs: 500, tick: async () => undefined, ...options },
  );
  return { time, failures, ends, loop };
}

test('ticks come at once and then at the own pace', async (t) => {
  const { time, ends, loop } = setUp({});
  loop.start();
  await time.advance(0);
  t.is(ends.length, 1);
  await time.advance(999);
  t.is(ends.length, 1);
  await time.advance(1);
  t.is(ends.length, 2);
  await loop.stop();
  t.is(time.pending, 0);
});

test('a tick may ask for an earlier next one, but not for a later one than the pace', async (t) => {
  const wanted = [100, 5000, undefined];
  const { time, ends, loop } = setUp({ tick: async () => wanted.shift() });
  loop.start();
  await time.advance(100);
  t.is(ends.length, 2);
  await time.advance(1000);
  t.is(ends.length, 3);
  await loop.stop();
});

test('any number of wake-ups before a tick are one tick', async (t) => {
  const { time, ends, loop } = setUp({});
  loop.start();
  await time.advance(500);
  for (let count = 0; count < 10; count += 1) loop.wake();
  await time.advance(100);
  t.is(ends.length, 2);
  await loop.stop();
});

test('a flood of wake-ups cannot make ticks come closer than the gap', async (t) => {
  const { time, ends, loop } = setUp({ gapMs: 50 });
  loop.start();
  await time.advance(0);
  for (let count = 0; count < 100; count += 1) {
    loop.wake();
    await time.advance(1);
  }
  t.is(ends.length, 3);
  await loop.stop();
});

test('two ticks never overlap, and a wake-up during a tick makes another one follow', async (t) => {
  let running = 0;
  let most = 0;
  const gates: PromiseWithResolvers<undefined>[] = [];
  const { time, ends, loop } = setUp({
    tick: async () => {
      running += 1;
      most = Math.max(most, running);
      const gate = Promise.withResolvers<undefined>();
      gates.push(gate);
      await gate.promise;
      running -= 1;
      return undefined;
    },
  });
  loop.start();
  await time.advance(100);
  loop.wake();
  loop.wake();
  await time.advance(100);
  t.is(gates.length, 1);
  gates[0]?.resolve(undefined);
  await time.advance(0);
  t.is(gates.length, 2);
  t.is(most, 1);
  gates[1]?.resolve(undefined);
  await time.advance(500);
  t.is(ends.length, 2);
  await loop.stop();
});

test('a failing tick is reported once, goes on at its pace, and is reported again after it was well', async (t) => {
  let isAway = true;
  const { time, failures, ends, loop } = setUp({
    tick: async () => {
      if (isAway) throw new StoreUnavailable('no answer');
      return undefined;
    },
  });
  loop.start();
  await time.advance(3000);
  t.deepEqual(ends, ['store-away', 'store-away', 'store-away', 'store-away']);
  t.deepEqual(
    failures.map(({ loop: name, kind }) => [name, kind]),
    [['duty', 'store-away']],
  );
  isAway = false;
  await time.advance(1000);
  isAway = true;
  await time.advance(1000);
  t.is(failures.length, 2);
  await loop.stop();
});

test('an error of our own is a defect, whatever threw it', async (t) => {
  const { time, failures, loop } = setUp({
    tick: () => {
      throw new TypeError('undefined is not a function');
    },
  });
  loop.start();
  await time.advance(0);
  t.is(failures[0]?.kind, 'defect');
  await loop.stop();
});

test('a tick that takes too long is aborted and reported as such', async (t) => {
  const { time, failures, ends, loop } = setUp({
    tick: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new StoreUnavailable('the call was aborted')));
      }),
  });
  loop.start();
  await time.advance(499);
  t.is(ends.length, 0);
  await time.advance(1);
  t.deepEqual(ends, ['timeout']);
  t.is(failures[0]?.kind, 'timeout');
  await loop.stop();
});

test('a loop whose tick ignores its abort is late, and a loop that goes round is not', async (t) => {
  const gate = Promise.withResolvers<undefined>();
  const { time, loop } = setUp({ tick: () => gate.promise });
  t.false(loop.isLate);
  loop.start();
  await time.advance(2000);
  t.false(loop.isLate);
  await time.advance(1);
  t.true(loop.isLate);
  gate.resolve(undefined);
  await time.advance(0);
  t.false(loop.isLate);
  await time.advance(60_000);
  t.false(loop.isLate);
  await loop.stop();
});

test('stopping aborts the tick, waits for its end, reports nothing, and may be asked for twice', async (t) => {
  let isEnded = false;
  const { time, failures, loop } = setUp({
    tick: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isEnded = true;
          reject(new Error('stopped'));
        });
      }),
  });
  loop.start();
  await time.advance(10);
  await Promise.all([loop.stop(), loop.stop()]);
  t.true(isEnded);
  t.deepEqual(failures, []);
  loop.wake();
  loop.start();
  await time.advance(10_000);
  t.is(time.pending, 0);
});
