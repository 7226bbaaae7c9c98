/**
 * Whose turn it is in a roll-out: the nodes of a region take over another Keystone's address one after the other. Without
 * memory of its own: the decision that stands in the store and what the nodes report are all that it knows, so a new
 * leader goes on where the one before it ended (I10), later if anything, because standing times begin anew with it.
 *
 *   pending   the node has reported nothing under this decision
 *   working   it has its turn and has begun; it may be anywhere between the two Keystones
 *   done      every one of its services has been tried with a real token
 *   failed    the service that could not be tried is as it was before, or nothing was begun
 *
 * At most one node works (I7): a node begins in a transaction that its own turn guards, and nobody else gets a turn while
 * one works. A node that has begun and neither ends nor fails is passed over after twice the time of the policy, after
 * the first of which it has given up by itself. One that has not begun is passed over at once if its agent is not there,
 * and else after the time of the policy. Turns go round in the policy's order, so one that was passed over comes last.
 *
 * Files that somebody overwrote are put right once under a decision; a node that failed gets another turn when the
 * cooldown of the policy is over.
 */
import type { DesiredRollout } from './desired.ts';
import { soonestMs } from './hysteresis.ts';
import type { SeenReport } from './region-snapshot.ts';

export interface RolloutFacts {
  readonly reports: readonly SeenReport[];
  /** Nodes whose agents are registered. */
  readonly present: ReadonlySet<string>;
  /** Nodes whose files do not say what they said when they were done. */
  readonly drifted: ReadonlySet<string>;
  /** For how long the value in the store has stood as it is, in ms. */
  readonly valueForMs: number;
  /** When a node that failed may try again, in ms. */
  readonly retryAfterMs: number;
  /** The Keystone that the nodes are pointed at has just proved itself. */
  readonly isTargetProven: boolean;
}

export interface Turn {
  readonly node: string | null;
  /** Who had its turn and was passed over for it. */
  readonly passed: string | undefined;
  /** A node would have its turn, but nobody is sent to a Keystone that has not just proved itself. */
  readonly isUnproven: boolean;
  /** When it changes if nothing happens, in ms; undefined if it will not. */
  readonly changesInMs: number | undefined;
}

/** A node that works on it gives up after the time of the policy, and has as much again to undo its part. */
const GIVEN_UP_AFTER_TIMEOUTS = 2;

/** @param isNew the decision begins with this tick: turns begin with the first node */
export function nextTurn(rollout: DesiredRollout, isNew: boolean, facts: RolloutFacts): Turn {
  const { turn: holder, nodeTimeoutMs } = rollout;
  const givenUpAfterMs = GIVEN_UP_AFTER_TIMEOUTS * nodeTimeoutMs;
  const busy = facts.reports.filter(({ phase, standingMs }) => phase === 'working' && standingMs < givenUpAfterMs);
  const [atWork] = busy.toSorted((a, b) => Number(b.node === holder) - Number(a.node === holder));
  if (atWork !== undefined) {
    const node = rollout.nodes.includes(atWork.node) ? atWork.node : null;
    return { ...NOBODY, node, changesInMs: givenUpAfterMs - atWork.standingMs };
  }
  if (!isNew && holder !== null && isWaited(rollout, holder, facts))
    return { ...NOBODY, node: holder, changesInMs: nodeTimeoutMs - facts.valueForMs };
  const order = isNew ? rollout.nodes : after(rollout.nodes, holder);
  const here = order.filter((node) => facts.present.has(node));
  const needing = here.map((node) => ({ node, need: needOf(rollout, node, facts) }));
  const next = needing.find(({ need }) => need === 'first') ?? needing.find(({ need }) => need === 'again');
  const isOwed = !isNew && holder !== null && !hasEnded(rollout, holder, facts.reports);
  const passed = isOwed && holder !== next?.node ? holder : undefined;
  const changesInMs = retriesInMs(rollout, facts);
  if (next === undefined) return { ...NOBODY, passed, changesInMs };
  if (!facts.isTargetProven) return { ...NOBODY, passed, isUnproven: true, changesInMs };
  return { node: next.node, passed, isUnproven: false, changesInMs: soonestMs(changesInMs, nodeTimeoutMs) };
}

const NOBODY: Turn = { node: null, passed: undefined, isUnproven: false, changesInMs: undefined };

/** What the node says about this decision. */
export function reportOf(
  { decision }: Pick<DesiredRollout, 'decision'>,
  node: string,
  reports: readonly SeenReport[],
): SeenReport | undefined {
  return reports.find((each) => each.node === node && each.decision === decision);
}

/** Nodes whose services use the wanted Keystone. */
export function doneNodes(
  rollout: Pick<DesiredRollout, 'decision' | 'nodes'>,
  reports: readonly SeenReport[],
): readonly string[] {
  return rollout.nodes.filter((node) => reportOf(rollout, node, reports)?.phase === 'done');
}

/** Nodes that failed, and of which nothing has been decided yet. */
export function failedNodes(rollout: DesiredRollout, reports: readonly SeenReport[]): readonly string[] {
  return rollout.nodes.filter(
    (node) => !rollout.without.includes(node) && reportOf(rollout, node, reports)?.phase === 'failed',
  );
}

/** Has had its turn and has not begun: it is waited for, if there is somebody to wait for. */
function isWaited(rollout: DesiredRollout, holder: string, facts: RolloutFacts): boolean {
  return (
    rollout.nodes.includes(holder) &&
    facts.present.has(holder) &&
    facts.valueForMs < rollout.nodeTimeoutMs &&
    needOf(rollout, holder, facts) !== undefined
  );
}

function hasEnded(rollout: DesiredRollout, holder: string, reports: readonly SeenReport[]): boolean {
  const phase = reportOf(rollout, holder, reports)?.phase;
  return !rollout.nodes.includes(holder) || phase === 'done' || phase === 'failed';
}

function needOf(rollout: DesiredRollout, node: string, facts: RolloutFacts): 'first' | 'again' | undefined {
  // One that has been working for too long has no turn before its agent says something else.
  if (facts.reports.some((each) => each.node === node && each.phase === 'working')) return undefined;
  const report = reportOf(rollout, node, facts.reports);
  if (report === undefined) return 'first';
  if (report.phase === 'failed') {
    const isOver = rollout.without.includes(node) && report.standingMs >= facts.retryAfterMs;
    return isOver ? 'again' : undefined;
  }
  return facts.drifted.has(node) && !report.isRepaired ? 'again' : undefined;
}

function retriesInMs(rollout: DesiredRollout, { reports, retryAfterMs }: RolloutFacts): number | undefined {
  const waits = rollout.nodes
    .map((node) => reportOf(rollout, node, reports))
    .filter((report) => report?.phase === 'failed' && report.standingMs < retryAfterMs)
    .map((report) => retryAfterMs - (report?.standingMs ?? 0));
  return soonestMs(...waits);
}

function after(nodes: readonly string[], holder: string | null): readonly string[] {
  const at = holder === null ? -1 : nodes.indexOf(holder);
  return [...nodes.slice(at + 1), ...nodes.slice(0, at + 1)];
}
