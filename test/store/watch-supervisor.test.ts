import test from 'ava';
import type { Change } from '../../src/store/store.ts';
import { superviseWatch } from '../../src/store/watch-supervisor.ts';
import { Scheduler } from '../simulation/scheduler.ts';

const CHANGE: Change = { kind: 'delete', key: '/a', modRevision: 2n };

/** A stream that the test drives. @param isAlive whether it answers when asked for progress. */
async function watched(isAlive: boolean) {
  const scheduler = new Scheduler();
  const told: string[] = [];
  const seen = { asked: 0, closed: 0 };
  let answer: (changes: readonly Change[]) => void = () => {};
  let end: (reason: string) => void = () => {};
  const watch = superviseWatch(
    async (_from, onAnswer, onEnd) => {
      answer = onAnswer;
      end = onEnd;
      return {
        askForProgress: () => {
          seen.asked += 1;
          if (isAlive) scheduler.after(10, () => onAnswer([]));
        },
        close: () => {
          seen.closed += 1;
        },
      };
    },
    { onChange: (changes) => told.push(`${changes.length} changes`), onInterrupted: (why) => told.push(why) },
    scheduler,
  );
  await scheduler.advance(0);
  answer([]);
  return { scheduler, told, seen, watch, answer: () => answer([CHANGE]), end: (why: string) => end(why) };
}

test('a member that answers keeps its watch, however little happens', async (t) => {
  const { scheduler, told, seen, answer } = await watched(true);
  await scheduler.advance(60_000);
  t.true(seen.asked >= 10);
  answer();
  t.deepEqual(told, ['1 changes']);
});

test('a member that went quiet is noticed within seven seconds', async (t) => {
  const { scheduler, told, seen } = await watched(false);
  await scheduler.advance(6_999);
  t.deepEqual(told, []);
  await scheduler.advance(2);
  t.deepEqual(told, ['the member went quiet']);
  t.is(seen.closed, 1);
});

test('an interruption is told once, and nothing after it', async (t) => {
  const { scheduler, told, answer, end } = await watched(true);
  end('compacted');
  end('ended');
  answer();
  await scheduler.advance(60_000);
  t.deepEqual(told, ['compacted']);
});

test('a closed watch stays silent', async (t) => {
  const { scheduler, told, seen, watch, answer, end } = await watched(false);
  watch.close();
  answer();
  end('cancelled');
  await scheduler.advance(60_000);
  t.deepEqual(told, []);
  t.is(seen.closed, 1);
});

test('a stream that cannot be opened is an interruption', async (t) => {
  const scheduler = new Scheduler();
  const told: string[] = [];
  const options = { onChange: () => {}, onInterrupted: (why: string) => told.push(why) };
  superviseWatch(() => Promise.reject(new Error('refused')), options, scheduler);
  await scheduler.advance(0);
  t.deepEqual(told, ['refused']);
});
