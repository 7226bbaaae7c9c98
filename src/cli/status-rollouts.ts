/** How far a roll-out by files is, node by node, and what stands in its way, for people. Pure. */
import type { DesiredIdentity, DesiredRollout } from '../core/desired.ts';
import { configurationProbeOf } from '../core/identity-case.ts';
import type { Facts } from '../core/observation.ts';
import type { NodeReport } from '../core/region-snapshot.ts';
import type { RegionView } from '../runtime/duty/region-view.ts';

export interface RolloutNodeLine {
  readonly node: string;
  readonly standing: NodeReport['phase'] | 'waiting' | 'absent';
  /** Of its last turn under this decision. */
  readonly detail: string;
  /** What would change if the other Keystone were used, as its agent last looked; null if it has not looked. */
  readonly files: number | null;
  readonly units: number | null;
  readonly leftover: number | null;
}

export interface RolloutLine {
  readonly to: string;
  readonly done: number;
  readonly of: number;
  readonly turn: string | null;
  readonly isBack: boolean;
  readonly nodes: readonly RolloutNodeLine[];
}

/** @returns null where a load balancer is switched, or nothing is decided */
export function rolloutLine(desired: DesiredIdentity | undefined, seen: RegionView): RolloutLine | null {
  const rollout = desired?.rollout;
  if (desired === undefined || rollout === undefined || rollout === null) return null;
  const { to, turn, isBack } = rollout;
  const nodes = rollout.nodes.map((node) => nodeLine(desired.name, rollout, node, seen));
  return { to, done: nodes.filter((each) => each.standing === 'done').length, of: nodes.length, turn, isBack, nodes };
}

/** What a node's agent last saw in its files. */
export function lookedAt(route: string, node: string, { observations }: RegionView): Facts | undefined {
  const found = observations.find((each) => each.node === node && each.probe === configurationProbeOf(route));
  return found?.facts.to === undefined ? undefined : found.facts;
}

/** @param name - of the policy */
export function rolloutComplaints(name: string, region: string, line: RolloutLine): readonly string[] {
  const { to, done, of, turn, isBack, nodes } = line;
  const about = `identity route ${name}`;
  const failed = nodes.filter(({ standing }) => standing === 'failed');
  const absent = nodes.filter(({ standing }) => standing === 'absent').map(({ node }) => node);
  const told = failed.map(
    ({ node, detail }) =>
      `${about}: ${node} does not use ${to}: ${detail}; correct that, it has another turn when the policy's cooldown is over`,
  );
  if (absent.length > 0)
    told.push(`${about}: ${absent.join(', ')} was passed over: start its agent, it has its turn when it is back`);
  if (isBack && done === of)
    told.push(`${about}: it went back to ${to} because a node failed: see regentctl events, and order it again`);
  if (done === of || (turn === null && failed.length + absent.length > 0)) return told;
  const progress = `${about}: ${done} of ${of} nodes use ${to}`;
  if (turn !== null) return [`${progress}; ${turn} has its turn`, ...told];
  const remedy = `it goes on when ${to} issues tokens and nothing holds it: see regentctl events`;
  return [`${progress}, and nobody has a turn: ${remedy} in region ${region}`, ...told];
}

function nodeLine(name: string, { decision }: DesiredRollout, node: string, seen: RegionView): RolloutNodeLine {
  const report = seen.reports.find((each) => each.name === name && each.node === node && each.decision === decision);
  const isPresent = seen.nodes.some((each) => each.node === node);
  const facts = lookedAt(name, node, seen);
  return {
    node,
    standing: report?.phase ?? (isPresent ? 'waiting' : 'absent'),
    detail: report?.detail ?? '',
    files: countIn(facts, 'files'),
    units: countIn(facts, 'units'),
    leftover: countIn(facts, 'leftover'),
  };
}

function countIn(facts: Facts | undefined, name: string): number | null {
  const value = facts?.[name];
  return typeof value === 'number' ? value : null;
}
