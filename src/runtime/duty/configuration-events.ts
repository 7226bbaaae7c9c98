/** What a node tells about its part in a roll-out, in words. */
import type { ConfigurationOutcome } from '../../actuator/configuration.ts';
import type { NewEvent } from '../../core/event.ts';
import type { StoredRollout } from './configuration-duty.ts';

export function outcomeEvents(stored: StoredRollout, node: string, outcome: ConfigurationOutcome): readonly NewEvent[] {
  const { rollout } = stored;
  const base = baseOf(stored);
  if (!outcome.ok) {
    const { refusal } = outcome;
    const message = `${node} does not use ${rollout.to}: ${outcome.detail}`;
    if (refusal !== 'Failed') return [{ ...base, name: 'identity:configuration:refused', message, refusal }];
    return [{ ...base, name: 'identity:configuration:undone', message, refusal: 'PreconditionUnmet' }];
  }
  const { services, drift, changed, detail } = outcome;
  const files = services.flatMap((each) => each.files);
  const units = services.flatMap((each) => each.units);
  const leftover = services.flatMap((each) => each.leftover);
  const told: NewEvent[] = [];
  if (changed) {
    const message = `${node} uses ${rollout.to}: ${detail}`;
    told.push({ ...base, name: 'identity:configuration:applied', message, facts: { node, files, units } });
  }
  if (drift.length > 0) {
    const message = `somebody had overwritten ${drift.join(', ')} on ${node}; they name ${rollout.to} again`;
    told.push({ ...base, name: 'identity:configuration:drifted', message, facts: { node, files: drift } });
  }
  if (leftover.length > 0) {
    const message = `left alone on ${node}: ${leftover.join('; ')}`;
    told.push({ ...base, name: 'identity:configuration:leftover', message, facts: { node, leftover } });
  }
  return told;
}

/** A decision that is older than the one in force here. */
export function staleEvent(stored: StoredRollout, detail: string): NewEvent {
  const event = { ...baseOf(stored), message: detail, refusal: 'StaleEpoch' } as const;
  return { ...event, name: 'identity:configuration:refused' };
}

function baseOf({ value, epoch, policyRevision, rollout }: StoredRollout) {
  return { subject: value.name, cause: `decision ${rollout.decision} of epoch ${epoch}`, policyRevision, epoch };
}
