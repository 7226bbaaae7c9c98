/** Things that run beside each other end together. */
import test from 'ava';
import { allEnded } from '../../src/runtime/all-ended.ts';

test('what each of them gave comes in their order', async (t) => {
  t.deepEqual(await allEnded([Promise.resolve(1), Promise.resolve('two')]), [1, 'two']);
});

test('a failure is thrown when the others have ended, and not before', async (t) => {
  const slow = Promise.withResolvers<void>();
  let isOver = false;
  const ended = allEnded([Promise.reject(new Error('the first')), slow.promise, Promise.reject(new Error('the last'))]);
  const told = t.throwsAsync(ended, { message: 'the first' }).then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.false(isOver);
  slow.resolve();
  await told;
});
