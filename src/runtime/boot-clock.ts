/**
 * CLOCK_BOOTTIME, by which the agent and the fence understand each other: two processes have no other clock in common
 * that nobody sets, and this one counts the time of a suspended machine too.
 */
import { readFileSync } from 'node:fs';

const MS_PER_SECOND = 1_000;

/**
 * @returns milliseconds since the boot, in steps of 10 ms, rounded down (proc_uptime(5))
 * @throws Error if the kernel does not say it in the form that is known
 */
export function bootMs(path = '/proc/uptime'): number {
  const text = readFileSync(path, 'utf8');
  const seconds = /^(\d+\.\d+) /.exec(text)?.[1];
  if (seconds === undefined) throw new Error(`${path} says ${JSON.stringify(text)}, not seconds since the boot`);
  return Math.round(Number(seconds) * MS_PER_SECOND);
}

/** Which boot this is: a number of milliseconds means nothing in another one. */
export function readBootId(path = '/proc/sys/kernel/random/boot_id'): string {
  return readFileSync(path, 'utf8').trim();
}
