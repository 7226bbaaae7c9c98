/**
 * One bed per machine: a kernel lock that cannot outlive its holder. A small `flock` child holds it and ends when our end
 * of its pipe closes, so that even a killed process leaves no lock behind. The file's text names the holder for people; the
 * decision is the kernel's alone.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';

/** Somebody else holds the lock. */
export class LockHeld extends Error {
  constructor(path: string, holder: string) {
    super(`${path} is held by ${holder === '' ? 'another process' : holder}; wait for it, or end it first`);
    this.name = 'LockHeld';
  }
}

export interface LockOptions {
  /** Wait for the holder instead of failing. */
  readonly wait?: boolean;
}

/**
 * Runs `action` while holding the lock at `path`.
 *
 * @throws LockHeld when another process has it and `wait` is not set
 */
export async function withLock<T>(path: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  const holder = await acquire(path, options.wait === true);
  try {
    return await action();
  } finally {
    holder.stdin?.end();
    if (holder.exitCode === null) await once(holder, 'exit');
  }
}

async function acquire(path: string, wait: boolean): Promise<ChildProcess> {
  const flags = wait ? [] : ['--nonblock'];
  const child = spawn('flock', [...flags, '--no-fork', path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const held = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.stdout?.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (!held) throw new LockHeld(path, await holderOf(path));
  await writeFile(path, `process ${process.pid} (${process.argv.slice(1, 4).join(' ')})\n`);
  return child;
}

async function holderOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}
