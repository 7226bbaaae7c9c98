/**
 * Goal: an agent's use over a minute is the difference of two accounts, and accounts of two processes are no difference.
 */

import test from 'ava';
import { use } from './idle.ts';

const MIB = 1024 * 1024;
const seen = (pid: number, cpuMs: number, rssMib: number) => ({
  pid,
  cpuMs,
  rssBytes: rssMib * MIB,
  pssBytes: (rssMib / 2) * MIB,
});

test('processor time is a share of one processor over the time watched', (t) => {
  const figures = use([seen(7, 1_000, 90), seen(7, 1_300, 100), seen(7, 2_200, 98)], [], 60_000);
  t.is(figures.cpuPercent, 2);
  t.deepEqual(figures.complaints, []);
});

test('memory is the median over the time watched', (t) => {
  const figures = use([seen(7, 0, 90), seen(7, 0, 100), seen(7, 0, 98)], [], 60_000);
  t.is(figures.rssBytes.median, 98 * MIB);
  t.is(figures.pssBytes.median, 49 * MIB);
});

test('an agent that was restarted meanwhile was not idle', (t) => {
  t.is(use([seen(7, 0, 90), seen(8, 0, 90)], [], 60_000).complaints.length, 1);
});
