/**
 * Whether `regent-fence.service` runs on this node and heeds this agent's orders. Without it nobody closes a primary whose
 * agent is killed or frozen (I1); a stopped one is as bad as none, and so is one that believes to be in another boot.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observation } from '../core/observation.ts';
import { lookAtDaemon } from './daemon-look.ts';
import type { Probe } from './probe.ts';

export interface FenceProbeOptions {
  readonly everyMs: number;
  /** Usually `/run/regent/fence`; the fence writes `pid` and `boot-id` there. */
  readonly directory: string;
  /** As the agent has it, and writes it into its orders. */
  readonly bootId: string;
}

const START_IT = 'run: systemctl enable --now regent-fence.service';
const ALIGN_THEM = 'give regent-agent.service and regent-fence.service the same sandbox';

export function fenceProbe({ everyMs, directory, bootId }: FenceProbeOptions): Probe {
  return { name: 'fence', everyMs, observe: () => look(directory, bootId) };
}

async function look(directory: string, bootId: string): Promise<Observation> {
  const seen = await lookAtDaemon('regent-fence', join(directory, 'pid'));
  if (seen.health !== 'ok') return { ...seen, detail: `${seen.detail}; ${START_IT}` };
  const its = await readFile(join(directory, 'boot-id'), 'utf8').catch(() => '');
  if (its.trim() === bootId) return seen;
  // A container may show each process another boot id, by what is mounted for it.
  const detail = `regent-fence ignores the agent's orders: it reads boot id "${its.trim()}", the agent ${bootId}; ${ALIGN_THEM}`;
  return { health: 'failed', detail, facts: {} };
}
