/** Whether the whole host is shutting down, as systemd says; without an answer it is not. */
import { type RunCommand, runCommand } from './command.ts';

const ASK_TIMEOUT_MS = 1_000;

/** `systemctl is-system-running` says `stopping` from the beginning of a shutdown on (systemctl(1)). */
export async function hostStops(run: RunCommand = runCommand): Promise<boolean> {
  const { stdout } = await run(['/usr/bin/systemctl', 'is-system-running'], { timeoutMs: ASK_TIMEOUT_MS });
  return stdout.trim() === 'stopping';
}
