/**
 * Whether `regent-fence.service` runs on this node. Without it nobody closes a primary whose agent is killed or frozen
 * (I1); a stopped one is as bad as none.
 */

import { lookAtDaemon } from './daemon-look.ts';
import type { Probe } from './probe.ts';

export interface FenceProbeOptions {
  readonly everyMs: number;
  /** Absolute path; the fence writes it, usually `/run/regent/fence/pid`. */
  readonly pidFile: string;
}

const REMEDY = 'run: systemctl enable --now regent-fence.service';

export function fenceProbe({ everyMs, pidFile }: FenceProbeOptions): Probe {
  return {
    name: 'fence',
    everyMs,
    observe: async () => {
      const seen = await lookAtDaemon('regent-fence', pidFile);
      return seen.health === 'ok' ? seen : { ...seen, detail: `${seen.detail}; ${REMEDY}` };
    },
  };
}
