/**
 * What each agent takes from its host: processor time and memory, from the kernel's own accounts of the process that
 * systemd started. Programs that an agent has started and awaited count as its processor time. Reads only.
 */

import { AGENT_UNIT } from '../bed/agents.ts';
import { execHost } from '../bed/exec.ts';

export interface AgentUse {
  /** Number of the process inside its host: another one means that the agent was restarted. */
  readonly pid: number;
  /** Since the process started, in ms. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Pages shared with others count in proportion. */
  readonly pssBytes: number;
}

/** Linux counts processor time for users in this unit, on every architecture that the bed runs on. */
const TICK_MS = 10;
const KIB = 1024;

/** @throws Error when no agent runs there */
export async function agentUse(host: string): Promise<AgentUse> {
  const script = `pid=$(systemctl show --property=MainPID --value ${AGENT_UNIT}) && cat /proc/$pid/stat /proc/$pid/smaps_rollup`;
  const { code, stdout, stderr } = await execHost(host, ['sh', '-c', script]);
  if (code !== 0) throw new Error(`no agent runs on ${host}: ${stderr.trim()}`);
  return parseUse(stdout);
}

/** From the text of /proc/PID/stat followed by that of /proc/PID/smaps_rollup. @throws RangeError for other text */
export function parseUse(text: string): AgentUse {
  const [stat = ''] = text.split('\n');
  // The name stands in parentheses and may hold anything; the numbered fields after it begin with the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  const use = {
    pid: Number(stat.split(' ')[0]),
    cpuMs: ticks * TICK_MS,
    rssBytes: kib('Rss') * KIB,
    pssBytes: kib('Pss') * KIB,
  };
  if (!Object.values(use).every(Number.isFinite)) throw new RangeError('this is not what the kernel says of a process');
  return use;
}
