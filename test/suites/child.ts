/**
 * Runs a program of a suite with the pinned Node.js first on its path, hands over its output line by line, and ends it in
 * order when the suite is interrupted.
 */

import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = `${import.meta.dirname}/../..`;
const KILL_AFTER_MS = 10_000;

export interface ChildOptions {
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @returns the exit code; 128 when a signal ended it, 127 when it could not be started */
export async function runChild(argv: readonly string[], { onLine, signal }: ChildOptions): Promise<number> {
  const [file = 'false', ...rest] = argv;
  const child = spawn(file, rest, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  let killer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (status) => resolve(status ?? 128));
  });
  signal.removeEventListener('abort', interrupt);
  clearTimeout(killer);
  return code;
}
