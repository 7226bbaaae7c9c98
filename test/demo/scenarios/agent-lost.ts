/**
 * The primary's agent is frozen, or killed and not started again, while its mariadbd goes on and a client writes. The agent
 * cannot close anything then: the fence has to, before another server opens (I1, I2). Once the agent is back it follows, and
 * tells what was done (I8).
 */

import { execHost } from '../../bed/exec.ts';
import { killUnit, startUnit } from '../../bed/faults.ts';
import { hostByName, regionOf } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { nowMs } from '../moment.ts';
import { describe } from '../regent-view.ts';
import { restForSwitch } from '../rest-for-switch.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';

const AGENT = 'regent-agent.service';
const FENCE = 'regent-fence.service';
/** The lease, its revocation, a ballot, and the proxies. */
const BOUND_MS = 12_000;
/** The lease without its margin and the closing, with room for a busy machine. */
const CLOSED_WITHIN_MS = 6_000;
const TOLD_WITHIN_MS = 20_000;

interface Loss {
  readonly lose: (host: string) => Promise<void>;
  readonly bringBack: (host: string) => Promise<void>;
}

const frozen: Loss = {
  lose: (host) => killUnit(host, AGENT, 'SIGSTOP'),
  bringBack: (host) => killUnit(host, AGENT, 'SIGCONT'),
};

const DROP_IN = `/run/systemd/system/${AGENT}.d`;

/** systemd would start it again within a second. */
const killed: Loss = {
  lose: async (host) => {
    await shell(host, `mkdir -p ${DROP_IN} && printf '[Service]\\nRestart=no\\n' >${DROP_IN}/zz.conf`);
    await shell(host, 'systemctl daemon-reload');
    await killUnit(host, AGENT, 'SIGKILL');
  },
  bringBack: async (host) => {
    await shell(host, `rm -r ${DROP_IN} && systemctl daemon-reload`);
    await startUnit(host, AGENT);
  },
};

export const agentFrozen: Scenario = {
  name: 'agent-frozen',
  what: "SIGSTOP of the primary's agent, with mariadbd alive",
  promise: 'the fence closes the server before another one opens; Keystone writes again within 12 s',
  boundMs: BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'skip',
  run: (context) => loseAgent(context, frozen),
};

export const agentKilled: Scenario = {
  name: 'agent-killed',
  what: "SIGKILL of the primary's agent, which is not started again, with mariadbd alive",
  promise: 'the fence closes the server before another one opens; Keystone writes again within 12 s',
  boundMs: BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'skip',
  run: (context) => loseAgent(context, killed),
};

async function loseAgent(context: Context, { lose, bringBack }: Loss): Promise<Figures> {
  await restForSwitch(context);
  const [primary] = context.databases.open;
  if (primary === undefined) throw new Error('no database is open');
  const region = regionOf(hostByName(primary)) ?? 'north';
  const client = await context.client({ region, tasks: ['writes'] });
  const sinceWallMs = Date.now();
  context.say(`${primary} loses its agent while a client in ${region} writes`);
  let outageMs: number | undefined;
  try {
    await lose(primary);
    // Until its right ends the server is open and accepts writes: only then there is something to recover from.
    await waitUntil(
      `${primary} closed`,
      { timeoutMs: CLOSED_WITHIN_MS, pauseMs: 20, signal: context.signal },
      async () => ({
        ok: !context.databases.open.includes(primary),
        detail: 'it is open',
      }),
    );
    outageMs = await context.recovery(client, 'write', nowMs());
    const { open } = context.databases;
    context.check(
      'another database is open, and no other',
      open.length === 1 && open[0] !== primary,
      open.join(', ') || 'none',
    );
    const said = await fenceSaid(primary, sinceWallMs);
    context.check('the fence says that it closed the server', /closed the server|killed mariadbd/.test(said), said);
    const own = (await context.regent.events('anywhere', sinceWallMs)).filter(({ node }) => node === primary);
    context.check(`the agent of ${primary} did nothing meanwhile`, own.length === 0, describe(own) || 'no event of it');
  } finally {
    await bringBack(primary);
  }
  await client.stop();
  await checkTold(context, primary, sinceWallMs);
  return { outageMs };
}

async function checkTold(context: Context, primary: string, sinceWallMs: number): Promise<void> {
  const told = async () => {
    const events = await context.regent.events('anywhere', sinceWallMs);
    return events.filter(({ name, node }) => name === 'database:primary:fenced' && node === primary);
  };
  const { signal } = context;
  await waitUntil('the event of the fence', { timeoutMs: TOLD_WITHIN_MS, signal }, async () => ({
    ok: (await told()).length > 0,
    detail: 'no such event',
  })).catch(() => {
    // The check below says it.
  });
  const events = await told();
  context.check('the agent, back again, tells it once', events.length === 1, describe(events) || 'no such event');
}

/** What the unit wrote into the journal since a wall-clock time. */
async function fenceSaid(host: string, sinceWallMs: number): Promise<string> {
  const since = `--since=@${Math.floor(sinceWallMs / 1_000)}`;
  const { stdout } = await execHost(host, ['journalctl', '--no-pager', '--output=cat', since, `--unit=${FENCE}`]);
  return stdout.trim() || 'nothing';
}

async function shell(host: string, command: string): Promise<void> {
  const { code, stderr } = await execHost(host, ['sh', '-c', command]);
  if (code !== 0) throw new Error(`${command} on ${host}: ${stderr.trim()}`);
}
