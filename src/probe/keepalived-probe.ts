/**
 * Whether keepalived runs on this node: the process that its pid file names is there, is a keepalived and is not stopped.
 * A stopped one is as bad as none, because the others take the address while it stays here.
 */
import { lookAtDaemon } from './daemon-look.ts';
import type { Probe } from './probe.ts';

export interface KeepalivedProbeOptions {
  readonly everyMs: number;
  /** Absolute path; keepalived's `--pid`. */
  readonly pidFile?: string;
}

/** Where keepalived 2.2 puts it unless told otherwise. */
const DEFAULT_PID_FILE = '/run/keepalived.pid';

export function keepalivedProbe({ everyMs, pidFile = DEFAULT_PID_FILE }: KeepalivedProbeOptions): Probe {
  return { name: 'keepalived', everyMs, observe: () => lookAtDaemon('keepalived', pidFile) };
}
