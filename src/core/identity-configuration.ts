/**
 * What a region's leader wants of the nodes' files, given where the region stands: the Keystone to be used, the decision
 * that names it, and whose turn it is (identity-rollout.ts). And what becomes of a roll-out in which a node has failed:
 *
 *   What was used before has just proved itself: it goes back there, so that all nodes use the same again. An ordered
 *   isolation is at home then; a return is isolated then, and returns by order only.
 *   Else it goes on without the node that failed: the others are better off with a Keystone that works.
 *
 * Both are decided once for each failure, and a roll-out that goes back goes on to its end. Where home has moved there is
 * no way back, and none when a roll-out has ended: a file that cannot be put right, or a node that comes later, moves nobody. Whatever fails, some nodes at one Keystone and some at the other is never where a roll-out rests by itself
 * while all of them could be at one that works.
 */
import type { DesiredIdentity, DesiredRollout } from './desired.ts';
import { configurationProbeOf, doOwnKeystonesWork, type IdentityCase, isAway } from './identity-case.ts';
import { failedNodes, nextTurn, type RolloutFacts, type Turn } from './identity-rollout.ts';
import { keystoneBase } from './keystone-api.ts';
import type { ConfigurationRoute } from './policy.ts';

/** What a roll-out comes to on one tick. */
export interface RolloutStep {
  readonly rollout: DesiredRollout;
  readonly isNew: boolean;
  readonly turn: Turn;
  /** Nodes that have failed since, by what is decided about them. */
  readonly failed: readonly string[];
}

/** The URL that a region's services are to use on this side. */
export function targetOf({ region, keystones }: ConfigurationRoute, home: string, away: boolean): string {
  const { url = '' } = keystones[away ? region : home] ?? {};
  return baseOf(url);
}

/**
 * Must this region change sides, because a node has failed?
 * @returns the nodes that failed; empty if it goes on
 */
export function failuresToGoBackFrom(that: IdentityCase, policy: ConfigurationRoute, home: string): readonly string[] {
  const { current } = that;
  const rollout = current?.rollout;
  if (current === undefined || rollout === undefined || rollout === null) return [];
  if (rollout.left === null || rollout.isBack || current.home !== home) return [];
  const isStill = rollout.left === targetOf(policy, home, !current.readOnly);
  return isStill && isProven(that, home, !current.readOnly) ? failedNodes(rollout, that.snapshot.reports) : [];
}

/** @param goesBack the decision to change sides is that of `failuresToGoBackFrom` */
export function rollOut(
  that: IdentityCase,
  policy: ConfigurationRoute,
  next: Pick<DesiredIdentity, 'home' | 'readOnly'>,
  goesBack: boolean,
): RolloutStep {
  const before = that.current?.rollout ?? undefined;
  const aim = {
    layout: policy.layout,
    services: policy.services,
    from: Object.values(policy.keystones).map(({ url }) => baseOf(url)),
    to: targetOf(policy, next.home, next.readOnly),
  };
  const isNew = before === undefined || !isSameAim(before, aim);
  const kept = { nodes: policy.nodes, nodeTimeoutMs: policy.nodeTimeoutMs };
  const rollout: DesiredRollout =
    before === undefined || isNew
      ? {
          ...aim,
          ...kept,
          ...fate(that, next, aim.to, goesBack),
          decision: nextDecision(that),
          turn: before?.turn ?? null,
          turnNumber: before?.turnNumber ?? 0,
          without: [],
        }
      : { ...before, ...kept };
  const facts = factsOf(that, policy, next);
  const failed = failedNodes(rollout, facts.reports);
  const judged = { ...rollout, without: [...rollout.without, ...failed] };
  const turn = nextTurn(judged, isNew, facts);
  const isGiven = turn.node !== null && (isNew || turn.node !== rollout.turn);
  const turnNumber = rollout.turnNumber + (isGiven ? 1 : 0);
  // Once nobody is waited for any more it has ended, and what fails later sends nobody back.
  const left = turn.node === null && !turn.isUnproven ? null : judged.left;
  return { rollout: { ...judged, left, turn: turn.node, turnNumber }, isNew, turn, failed };
}

/** Does this side issue tokens now? */
export function isProven(that: IdentityCase, home: string, away: boolean): boolean {
  if (away || home === that.snapshot.region) return doOwnKeystonesWork(that);
  return that.votes.ok.majorityForMs !== undefined;
}

/** Away from home because a return failed: it is not tried again by itself. */
export const isStuckAway = (current: DesiredIdentity | undefined): boolean =>
  current?.rollout?.isBack === true && isAway(current.state);

function factsOf(
  that: IdentityCase,
  policy: ConfigurationRoute,
  next: Pick<DesiredIdentity, 'home' | 'readOnly'>,
): RolloutFacts {
  const { snapshot } = that;
  const reports = snapshot.reports.filter(({ name }) => name === policy.name);
  const differing = snapshot.observations.filter(
    ({ probe, facts }) => probe === configurationProbeOf(policy.name) && facts.isDrifted === true,
  );
  // What was looked at before the node's last turn ended is no word about what it left.
  const drifted = differing.filter(({ node, facts }) =>
    reports.some((each) => each.node === node && each.turn === facts.turn),
  );
  return {
    reports,
    present: new Set(snapshot.nodes.map(({ node }) => node)),
    drifted: new Set(drifted.map(({ node }) => node)),
    valueForMs: that.valueForMs,
    retryAfterMs: policy.cooldownMs,
    isTargetProven: isProven(that, next.home, next.readOnly),
  };
}

/** The same side with other services keeps its way back; another side has what was used before as its own. */
function fate(
  { current }: IdentityCase,
  next: Pick<DesiredIdentity, 'home' | 'readOnly'>,
  to: string,
  goesBack: boolean,
): Pick<DesiredRollout, 'left' | 'isBack'> {
  const before = current?.rollout ?? undefined;
  if (current === undefined || before === undefined || current.home !== next.home) return { left: null, isBack: false };
  if (before.to === to) return { left: before.left, isBack: before.isBack };
  return { left: goesBack ? null : before.to, isBack: goesBack };
}

/**
 * Greater than every one before it: each is written with a revision of the store at least as great as itself, and an epoch
 * and the revision of a policy are such revisions too. So it grows although the value was deleted meanwhile.
 */
function nextDecision({ current, snapshot, accepted }: IdentityCase): bigint {
  const known = [snapshot.epoch, accepted.revision, (current?.rollout?.decision ?? 0n) + 1n];
  return known.reduce((a, b) => (a > b ? a : b));
}

function isSameAim(a: DesiredRollout, b: Pick<DesiredRollout, 'layout' | 'services' | 'from' | 'to'>): boolean {
  return (
    a.to === b.to && a.layout === b.layout && a.services.join() === b.services.join() && a.from.join() === b.from.join()
  );
}

/** What a policy that came into force cannot have written otherwise is taken as it is. */
const baseOf = (url: string): string => keystoneBase(url) ?? url;
