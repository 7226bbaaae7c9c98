/**
 * Takes fences away from a primary, one function each. Every one of them looks, right before it gives the fence back,
 * whether it really was away all the time; a row whose fence was on after all has shown nothing.
 */

import { readFile } from 'node:fs/promises';
import { AGENT_UNIT } from '../bed/agents.ts';
import { execHost } from '../bed/exec.ts';
import { killUnit, startUnit, stopUnit } from '../bed/faults.ts';
import { sql } from '../bed/replication.ts';
import { hostsWithRole } from '../bed/topology.ts';
import { PROXY_SOCKET, serversInUse } from '../demo/host-facts.ts';
import type { Scene } from './row.ts';
import { mainProcess } from './store-view.ts';

export const FENCE_UNIT = 'regent-fence.service';
/** Beside the real one, where no agent looks. */
const MOVED_SOCKET = `${PROXY_SOCKET}.moved`;

/** Without F2: the dead man's switch is stopped in order, which closes nothing. */
export async function stopSwitch({ primary, onUndo, check }: Scene): Promise<void> {
  onUndo(async () => {
    const { stdout } = await execHost(primary, ['systemctl', 'is-active', FENCE_UNIT]);
    check("the dead man's switch was off", stdout.trim() === 'inactive', stdout.trim());
    await startUnit(primary, FENCE_UNIT);
  });
  await stopUnit(primary, FENCE_UNIT);
}

/** Without F1 and F2: neither the agent nor the dead man's switch takes another step. */
export async function stopAgentAndSwitch({ primary, onUndo, check }: Scene): Promise<void> {
  const pids = await Promise.all(['agents/main.ts', 'regent-fence'].map((words) => mainProcess(primary, words)));
  onUndo(async () => {
    const states = await Promise.all(pids.map(stateOf));
    const areStopped = states.every((state) => state === 'T');
    check("the agent and the dead man's switch were off", areStopped, `process states ${states.join(', ')}`);
    for (const unit of [FENCE_UNIT, AGENT_UNIT]) await killUnit(primary, unit, 'SIGCONT');
  });
  for (const unit of [FENCE_UNIT, AGENT_UNIT]) await killUnit(primary, unit, 'SIGSTOP');
}

/** Without F3: the primary's commits wait for nobody. Its agent must be stopped, or it would put that right. */
export async function stopWaiting({ primary, onUndo, check }: Scene): Promise<void> {
  onUndo(async () => {
    const status = await sql(primary, "SHOW STATUS LIKE 'Rpl_semi_sync_master_status';");
    check('commits waited for no acknowledgement', /\tOFF/.test(status), status.trim());
  });
  await sql(primary, 'SET GLOBAL rpl_semi_sync_master_enabled=0;');
}

/** Without F4: nobody can tell a proxy anything. */
export async function holdRoutes({ primary, home, onUndo, check }: Scene): Promise<void> {
  const proxies = hostsWithRole('proxy').map(({ name }) => name);
  onUndo(async () => {
    for (const host of hostsWithRole('proxy', home)) {
      const servers = (await serversInUse(host.name, 'database', MOVED_SOCKET))?.join(', ');
      check(`the route of ${host.name} was held`, servers === primary, `it leads to ${servers ?? 'nobody'}`);
    }
    for (const host of proxies) await move(host, MOVED_SOCKET, PROXY_SOCKET);
  });
  for (const host of proxies) await move(host, PROXY_SOCKET, MOVED_SOCKET);
}

async function move(host: string, from: string, to: string): Promise<void> {
  const { code, stderr } = await execHost(host, ['mv', from, to]);
  if (code !== 0) throw new Error(`${from} of ${host} could not be moved: ${stderr.trim()}`);
}

/** The state letter of proc_pid_stat(5); the name before it is in parentheses and may hold anything. */
async function stateOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[0] ?? '';
}
