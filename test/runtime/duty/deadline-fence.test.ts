/** When the first fence acts: at the deadline as it is then, never before, and never not at all. */
import test from 'ava';
import { DeadlineFence } from '../../../src/runtime/duty/deadline-fence.ts';
import { FakeTime } from '../fake-time.ts';

function aFence() {
  const time = new FakeTime();
  const world = { untilMs: 0, isTaken: true, reached: 0 };
  const right = {
    get isAlive() {
      return this.remainingMs > 0;
    },
    get remainingMs() {
      return world.untilMs - time.nowMs();
    },
    get hasLapsed() {
      return world.isTaken && !this.isAlive;
    },
  };
  const onReached = () => {
    world.reached += 1;
  };
  const lasts = (ms: number) => {
    world.untilMs = time.nowMs() + ms;
  };
  return { time, world, lasts, fence: new DeadlineFence({ right, timers: time, onReached }) };
}

test('it acts at the deadline and not before, once', async (t) => {
  const { time, fence, lasts, world } = aFence();
  lasts(1_000);
  fence.arm();
  await time.advance(999);
  t.is(world.reached, 0);
  await time.advance(1);
  t.is(world.reached, 1);
  await time.advance(5_000);
  t.is(world.reached, 1);
});

test('a renewal that nobody told it of is seen at the old deadline', async (t) => {
  const { time, fence, lasts, world } = aFence();
  lasts(1_000);
  fence.arm();
  await time.advance(500);
  lasts(1_000);
  await time.advance(999);
  t.is(world.reached, 0);
  await time.advance(1);
  t.is(world.reached, 1);
});

for (const [what, isTaken, reached] of [
  ['a deadline that passed while the timer waited is reached', true, 1],
  ['a right that was given up has no deadline', false, 0],
] as const) {
  test(`${what} when it is armed again`, (t) => {
    const { fence, lasts, world } = aFence();
    lasts(1_000);
    fence.arm();
    lasts(0);
    world.isTaken = isTaken;
    fence.arm();
    t.is(world.reached, reached);
  });
}

test('without a right it does nothing, and cancelled it does nothing', async (t) => {
  const { time, fence, lasts, world } = aFence();
  fence.arm();
  lasts(1_000);
  fence.arm();
  fence.cancel();
  await time.advance(2_000);
  t.is(world.reached, 0);
});
