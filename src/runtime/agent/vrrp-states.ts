/** What keepalived last said of each of its instances, heard through its notify FIFO; a word of it wakes the probe. */
import { NotifyFifo } from '../../probe/notify-fifo.ts';
import type { VrrpState } from '../../probe/vrrp-notice.ts';
import type { Agent } from './agent.ts';

/** @returns the state of an instance, null while nothing was heard of it */
export function listenToKeepalived(agent: Agent, path: string): (instance: string) => VrrpState | null {
  const states = new Map<string, VrrpState | null>();
  const fifo = new NotifyFifo({
    path,
    timers: agent.timers,
    onState: (instance, state) => {
      states.set(instance, state);
      agent.probes.wake(`vip-${instance}`);
    },
    onProblem: (detail) => agent.parts.logger.warn({ detail }, 'keepalived cannot be heard'),
  });
  fifo.start();
  agent.shutdown.add('notify fifo', () => fifo.stop());
  return (instance) => states.get(instance) ?? null;
}
