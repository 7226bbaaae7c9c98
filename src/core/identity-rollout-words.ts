/** The events of a roll-out, in words: who is next and how many are done, who failed and what comes of it, and its end. */
import type { DesiredRollout } from './desired.ts';
import type { EventName, NewEvent } from './event.ts';
import type { IdentityCase } from './identity-case.ts';
import type { RolloutStep } from './identity-configuration.ts';
import { doneNodes, reportOf } from './identity-rollout.ts';

/** @param goneBackFrom nodes whose failure sends the region back to what was used before */
export function rolloutEvents(
  that: IdentityCase,
  step: RolloutStep,
  goneBackFrom: readonly string[],
): readonly NewEvent[] {
  const { rollout, isNew, turn, failed } = step;
  const before = that.current?.rollout ?? undefined;
  const tell = teller(that, rollout);
  const told: NewEvent[] = [];
  if (goneBackFrom.length > 0 && before !== undefined) {
    const message = `${why(that, before, goneBackFrom)}; ${before.left} still works, so all nodes go back to it`;
    told.push(tell('identity:rollout:turned', message, goneBackFrom[0]));
  } else if (isNew) {
    told.push(tell('identity:rollout:started', `${listed(rollout.nodes)} go to ${rollout.to}, one after the other`));
  }
  if (failed.length > 0) {
    const message = `${why(that, rollout, failed)}; ${noWayBack(rollout)}, so it goes on without ${listed(failed)}`;
    told.push(tell('identity:rollout:continued', message, failed[0]));
  }
  if (turn.passed !== undefined) {
    const isThere = that.snapshot.nodes.some(({ node }) => node === turn.passed);
    const message = `${turn.passed} is passed over: ${isThere ? 'it did not end its turn in time' : 'its agent is not there'}`;
    told.push(tell('identity:rollout:passed', message, turn.passed));
  }
  if (turn.node !== null && (isNew || turn.node !== before?.turn))
    told.push(tell('identity:rollout:advanced', `${turn.node} has its turn; ${progress(that, rollout)}`, turn.node));
  if (isOver(that, step)) told.push(tell('identity:rollout:finished', progress(that, rollout)));
  return told.length > 0 ? told : [tell('identity:rollout:advanced', progress(that, rollout))];
}

/** Nobody is left that has not had its turn. */
function isOver(that: IdentityCase, { rollout, turn, isNew }: RolloutStep): boolean {
  if (turn.node !== null || turn.isUnproven || (!isNew && that.current?.rollout?.turn === null)) return false;
  const done = doneNodes(rollout, reportsOf(that));
  return rollout.nodes.every((node) => done.includes(node) || rollout.without.includes(node));
}

/** Why nobody has a turn although somebody needs one. */
export function unprovenBecause({ rollout }: RolloutStep): string {
  return `${rollout.to} is not known to issue tokens now, so no further node goes there`;
}

function teller({ accepted, current, order }: IdentityCase, rollout: DesiredRollout) {
  const from = current?.rollout?.to ?? null;
  return (name: EventName, message: string, node?: string): NewEvent => ({
    name,
    subject: accepted.policy.name,
    message,
    cause: order === undefined ? `decision ${rollout.decision}` : `${order.kind} ordered by ${order.by}`,
    policyRevision: accepted.revision,
    facts: {
      from,
      to: rollout.to,
      decision: rollout.decision.toString(),
      ...(node === undefined ? {} : { node }),
      nodes: rollout.nodes,
      without: rollout.without,
    },
  });
}

function why(that: IdentityCase, rollout: DesiredRollout, nodes: readonly string[]): string {
  const own = reportsOf(that);
  const told = nodes.map((node) => `${node} failed: ${reportOf(rollout, node, own)?.detail ?? 'it did not say why'}`);
  return told.join('; ');
}

function noWayBack({ left, isBack }: DesiredRollout): string {
  if (isBack) return 'it goes back already';
  return left === null ? 'there is no way back' : `${left} is not known to work`;
}

const reportsOf = ({ snapshot, accepted }: IdentityCase) =>
  snapshot.reports.filter(({ name }) => name === accepted.policy.name);

function progress(that: IdentityCase, rollout: DesiredRollout): string {
  return `${doneNodes(rollout, reportsOf(that)).length} of ${rollout.nodes.length} nodes use ${rollout.to}`;
}

const listed = (nodes: readonly string[]): string => nodes.join(', ');
