/**
 * Steps the wall clock that an agent sees. The hosts share the machine's clock, and time namespaces shift only monotonic
 * clocks, so the step is made inside the agent's process; mariadbd's clock stays. What the agent writes at its next stop
 * bears the stepped time: that is the proof that the step was in force.
 */

import { AGENT_UNIT } from '../bed/agents.ts';
import { execHost } from '../bed/exec.ts';
import { killUnit, restartUnit } from '../bed/faults.ts';
import { writeFiles } from '../bed/machine.ts';
import { CHECKS, type Scene } from './row.ts';

const DROP_IN = `/etc/systemd/system/${AGENT_UNIT}.d/bed-clock.conf`;
const PRELOAD = '/opt/regent/test/faults/stepped-clock.mjs';
/** Between a real time and one that is an hour ahead. */
const AHEAD_MIN_MS = 3_000_000;

/** The agent is restarted in order first, which moves nothing, and stepped when it has its right again. */
export async function stepClock(scene: Scene, host: string): Promise<void> {
  const { onUndo, check, pause, timing } = scene;
  onUndo(async () => {
    await must(host, ['rm', DROP_IN]);
    await must(host, ['systemctl', 'daemon-reload']);
    await restartUnit(host, AGENT_UNIT);
    const last = await lastEventMs(host);
    check(CHECKS.met, last > Date.now() + AHEAD_MIN_MS, `the agent's last words bear ${new Date(last).toISOString()}`);
  });
  await writeFiles(host, [{ path: DROP_IN, content: `[Service]\nEnvironment=NODE_OPTIONS=--import=${PRELOAD}\n` }]);
  await must(host, ['systemctl', 'daemon-reload']);
  await restartUnit(host, AGENT_UNIT);
  await pause(timing.ttlMs);
  await killUnit(host, AGENT_UNIT, 'SIGUSR2');
}

async function lastEventMs(host: string): Promise<number> {
  const text = await must(host, ['sh', '-c', 'cat /var/lib/regent/events*.jsonl']);
  return Math.max(...[...text.matchAll(/"atMs":(\d+)/g)].map(([, ms]) => Number(ms)));
}

async function must(host: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await execHost(host, argv);
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${host}: ${stderr.trim()}`);
  return stdout;
}
