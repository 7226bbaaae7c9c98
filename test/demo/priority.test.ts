/** The hosts' priority: a process that has no session to prefer is no error. */

import test from 'ava';
import { setSessionNiceness } from './priority.ts';

const FIRST_KERNEL_THREAD = 2;

test('a process of the root group, where CI may have started this one, is left as it is', async (t) => {
  await t.notThrowsAsync(setSessionNiceness(FIRST_KERNEL_THREAD, 0));
});

test('a process that has ended is no error', async (t) => {
  await t.notThrowsAsync(setSessionNiceness(2 ** 22 + 1, 0));
});
