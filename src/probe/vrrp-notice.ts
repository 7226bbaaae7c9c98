/** What keepalived tells through a notify FIFO, in this program's words. Lines about anything but an instance are not understood. */

/** How an instance stands on this node, as keepalived sees it. */
export type VrrpState = 'primary' | 'backup' | 'fault';

export interface VrrpNotice {
  readonly instance: string;
  /** null = keepalived no longer runs the instance. */
  readonly state: VrrpState | null;
}

/** keepalived.conf(5), "notify_fifo": with `vrrp_notify_priority_changes` there are more words for the same states. */
const STATES: Readonly<Record<string, VrrpState | null>> = {
  MASTER: 'primary',
  MASTER_RX_LOWER_PRI: 'primary',
  MASTER_PRIORITY: 'primary',
  BACKUP: 'backup',
  BACKUP_PRIORITY: 'backup',
  FAULT: 'fault',
  STOP: null,
  DELETED: null,
};

/** Reads a line like `INSTANCE "north" MASTER 100`. @returns undefined when it is none, or has an unknown word */
export function parseNotice(line: string): VrrpNotice | undefined {
  const [, instance, word = ''] = /^INSTANCE "([^"]+)" ([A-Z_]+)(?: \d+)?$/.exec(line) ?? [];
  const state = STATES[word];
  return instance === undefined || state === undefined ? undefined : { instance, state };
}
