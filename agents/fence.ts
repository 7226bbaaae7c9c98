/**
 * Entry point of `regent-fence.service`, the dead man's switch: closes this node's database server when its agent does
 * not renew the primary's right any more. It puts the parts together; no rule is decided here.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeGuarded } from '../src/fence/close-server.ts';
import { Fence } from '../src/fence/fence.ts';
import { MariadbConnections } from '../src/fence/mariadb-connections.ts';
import { MariadbPid, runProgram } from '../src/fence/mariadb-pid.ts';
import { OrderDirectory } from '../src/fence/order-directory.ts';
import { readSettings } from '../src/fence/settings.ts';
import { bootMs, readBootId } from '../src/runtime/boot-clock.ts';
import { systemTimers } from '../src/runtime/clock.ts';
import { DEFAULT_CONFIG_PATH } from '../src/runtime/config.ts';

/** As the unit's RestartPreventExitStatus has them: nothing to guard; the configuration is refused. */
const EXIT = { nothingToGuard: 0, refused: 2 };

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: DEFAULT_CONFIG_PATH },
    grants: { type: 'string', default: '/etc/regent/grants.yaml' },
    'run-directory': { type: 'string', default: '/run/regent' },
  },
});

// Also what `ps` shows and the agent's probe looks for.
process.title = 'regent-fence';

/** Before systemd has heard this, an end counts as a failure to start. */
async function ready(status: string): Promise<void> {
  const socket = process.env.NOTIFY_SOCKET;
  if (socket !== undefined && socket !== '')
    await runProgram(['/usr/bin/systemd-notify', '--ready', `--status=${status}`]);
}

const settings = await readSettings({ config: values.config, grants: values.grants });
if (settings.kind === 'refused') {
  for (const problem of settings.problems) console.error(problem);
  process.exit(EXIT.refused);
}
if (settings.kind === 'nothing-to-guard') {
  const sentence = `${settings.node} has no section db in ${values.config}: there is no server to guard here`;
  console.log(sentence);
  await ready(sentence);
  process.exit(EXIT.nothingToGuard);
}

const directory = join(values['run-directory'], 'fence');
const bootId = readBootId();
const server = new MariadbConnections(settings.account);
const mariadb = new MariadbPid(settings.unit);
const timers = systemTimers;
const fence = new Fence({
  orders: new OrderDirectory(directory),
  bootId,
  bootMs,
  wallMs: Date.now,
  timers,
  prepare: async () => void (await Promise.all([server.prepare(), mariadb.prepare()])),
  close: (order) => closeGuarded({ server, process: mariadb, timers }, order),
  say: (line) => console.log(line),
});
fence.start();
// For the agent's probe: whether this process lives, and whether it understands the agent's orders.
writeFileSync(join(directory, 'boot-id'), `${bootId}\n`);
writeFileSync(join(directory, 'pid'), `${process.pid}\n`);
await ready(`guards ${settings.unit}`);
