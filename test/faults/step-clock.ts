/**
 * Steps the wall clock that a host's regent and its database see. The hosts share the machine's clock, and time namespaces
 * shift only monotonic ones, so libfaketime stands between each process and the system: it moves what they are told of the
 * date and leaves monotonic time alone, as setting a machine's clock does. A process must be started with it; etcd, which
 * asks the kernel itself, goes on with the machine's clock.
 */

import { AGENT_UNIT } from '../bed/agents.ts';
import { execHost } from '../bed/exec.ts';
import { restartUnit } from '../bed/faults.ts';
import { writeFiles } from '../bed/machine.ts';
import { sql } from '../bed/replication.ts';
import { waitUntil } from '../bed/wait.ts';
import { restForSwitch } from '../demo/rest-for-switch.ts';
import { settle } from '../demo/settle.ts';
import { FENCE_UNIT } from './fences-off.ts';
import { CHECKS, type Preparation, type Scene } from './row.ts';

const HOUR_SECONDS = 3_600;
/** Far more than any delay, and far less than the step. */
const SURELY_SECONDS = 1_800;
const UNITS = { [AGENT_UNIT]: 'agents/main.ts', [FENCE_UNIT]: 'regent-fence', 'mariadb.service': 'mariadbd' };
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** Read at every look at the clock: a shift in seconds, with its sign. */
const SHIFT_FILE = '/etc/bed-clock';
const DROP_IN = `[Service]
Environment=LD_PRELOAD=${LIBRARY} FAKETIME_TIMESTAMP_FILE=${SHIFT_FILE}
Environment=FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1
`;
const REST_TIMEOUT_MS = 90_000;
const SWITCH_TIMEOUT_MS = 60_000;
const SHOWN_WITHIN_MS = 10_000;

/** Starts all three on the neighbour with a clock that can be stepped, and makes it the primary in order. */
export async function prepareClock({ primary, neighbour, signal, say }: Preparation): Promise<void> {
  say(`${neighbour} gets a clock that can be stepped, and becomes the primary`);
  const dropIns = Object.keys(UNITS).map((unit) => ({ path: dropInOf(unit), content: DROP_IN }));
  await writeFiles(neighbour, [{ path: SHIFT_FILE, content: '+0\n' }, ...dropIns]);
  await must(neighbour, ['systemctl', 'daemon-reload']);
  for (const unit of Object.keys(UNITS)) await restartUnit(neighbour, unit);
  await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await restForSwitch({ signal });
  const order = ['regentctl', 'database', 'switchover', '--to', neighbour, '--timeout', '30'];
  await must(primary, order, SWITCH_TIMEOUT_MS);
}

/** An hour ahead, and after half of the time back again. */
export async function stepClock(scene: Scene, standsMs: number): Promise<void> {
  const { primary, pause, onUndo } = scene;
  onUndo(async () => {
    await shift(primary, 0);
    // mariadbd keeps the library until it is started again: its shift is nothing.
    for (const unit of Object.keys(UNITS)) await must(primary, ['rm', dropInOf(unit)]);
    await must(primary, ['systemctl', 'daemon-reload']);
    for (const unit of [FENCE_UNIT, AGENT_UNIT]) await restartUnit(primary, unit);
  });
  for (const [unit, words] of Object.entries(UNITS)) await checkLoaded(scene, unit, words);
  await shift(primary, HOUR_SECONDS);
  await checkShown(scene, 'an hour ahead', (aheadSeconds) => aheadSeconds > SURELY_SECONDS);
  await pause(standsMs / 2);
  await shift(primary, 0);
  await checkShown(scene, 'back again', (aheadSeconds) => Math.abs(aheadSeconds) < SURELY_SECONDS);
}

/** What the server says, and what the agent writes into the server with its own clock. The fence says nothing of the time. */
async function checkShown(
  { primary, check, signal }: Scene,
  where: string,
  isThere: (aheadSeconds: number) => boolean,
): Promise<void> {
  let detail = '';
  const look = async () => {
    const printed = await sql(primary, 'SELECT UNIX_TIMESTAMP(), at_ms / 1000 FROM regent.heartbeat;');
    const ahead = printed
      .trim()
      .split('\t')
      .map((each) => Math.round(Number(each) - Date.now() / 1000));
    detail = `mariadbd ${ahead[0]} s, the agent ${ahead[1]} s ahead of the machine`;
    return { ok: ahead.length === 2 && ahead.every(isThere), detail };
  };
  await waitUntil(`a clock ${where}`, { timeoutMs: SHOWN_WITHIN_MS, signal }, look).then(
    () => check(`${CHECKS.met}: ${where}`, true, detail),
    () => check(`${CHECKS.met}: ${where}`, false, detail),
  );
}

async function checkLoaded({ primary, check }: Scene, unit: string, words: string): Promise<void> {
  const pid = (await must(primary, ['systemctl', 'show', '--property=MainPID', '--value', unit])).trim();
  const maps = await must(primary, ['cat', `/proc/${pid}/maps`]);
  const command = await must(primary, ['cat', `/proc/${pid}/cmdline`]);
  const isLoaded = maps.includes(LIBRARY) && command.includes(words);
  check(`${CHECKS.met}: ${unit} runs by that clock`, isLoaded, `process ${pid}`);
}

/** Renamed into place: a clock that is looked at in the middle of a write would jump. */
async function shift(host: string, seconds: number): Promise<void> {
  await must(host, ['sh', '-c', `echo +${seconds} >${SHIFT_FILE}.new && mv ${SHIFT_FILE}.new ${SHIFT_FILE}`]);
}

const dropInOf = (unit: string): string => `/etc/systemd/system/${unit}.d/bed-clock.conf`;

async function must(host: string, argv: readonly string[], timeoutMs = 30_000): Promise<string> {
  const { code, stdout, stderr } = await execHost(host, argv, { timeoutMs });
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${host}: ${stderr.trim()}`);
  return stdout;
}
