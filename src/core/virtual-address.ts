/**
 * Which nodes are unfit to own a virtual IP. VRRP elects the owner among the others by itself and handles dead hosts;
 * this only vetoes nodes that answer VRRP but cannot serve. It keeps I4: never all nodes are unfit, and nothing is
 * decided from what nobody has seen. `unknown`, a vanished agent, or an observation that is not there moves nothing.
 *
 *   fit    → unfit   one of the policy's probes has been `failed` for `failedForMs`
 *   unfit  → fit     all of them have been `ok` for `fitAgainAfterMs`; at once if no fit node is present
 *   spared           would be unfit, but is the best of those that are left: it keeps its chance, and an event says so
 */
import type { DesiredVip } from './desired.ts';
import type { NewEvent } from './event.ts';
import { nextPosition, soonestMs } from './hysteresis.ts';
import type { SeenObservation } from './observation.ts';
import type { Accepted, VirtualAddress } from './policy.ts';
import type { RegionSnapshot, StandingRefusal, Verdict } from './region-snapshot.ts';

/** What the leader knows about one candidate. */
interface Candidate {
  readonly node: string;
  readonly preference: number;
  readonly present: boolean;
  readonly wasUnfit: boolean;
  readonly failedProbes: readonly string[];
  /** For how long every probe of the policy has been ok; undefined if one is not. */
  readonly okForMs: number | undefined;
  readonly unfit: boolean;
  readonly changesInMs: number | undefined;
}

/**
 * @param current the value that is there; undefined before the first decision
 * @param snapshot only nodes and observations are looked at
 */
export function decideAddress(
  { policy, revision }: Accepted<VirtualAddress>,
  current: DesiredVip | undefined,
  snapshot: Pick<RegionSnapshot, 'nodes' | 'observations'>,
): Verdict {
  const candidates = policy.nodes.map((node, index) => judge(policy, node, index, current, snapshot));
  const spared = spare(candidates);
  const unfit = candidates.filter((each) => each.unfit && each !== spared);
  return {
    desired: {
      kind: 'vip',
      name: policy.name,
      unfit: unfit.map((each) => each.node),
      wanted: {
        address: policy.address,
        interface: policy.interface,
        virtualRouterId: policy.virtualRouterId,
        advertIntervalMs: policy.advertIntervalMs,
        nodes: policy.nodes,
        peers: peersOf(policy, current, snapshot),
      },
    },
    events: [
      ...unfit.filter((each) => !each.wasUnfit).map((each) => becameUnfit(policy, revision, each)),
      ...candidates
        .filter((each) => each.wasUnfit && (!each.unfit || (each === spared && each.okForMs !== undefined)))
        .map((each) => becameFit(policy, revision, each)),
    ],
    refusals: spared !== undefined && spared.okForMs === undefined ? [sparing(policy, revision, spared)] : [],
    changesInMs: soonestMs(...candidates.map((each) => each.changesInMs)),
  };
}

/** Where a node registers is remembered while it is away: its peers must not drop it for that. */
function peersOf(
  policy: VirtualAddress,
  current: DesiredVip | undefined,
  { nodes }: Pick<RegionSnapshot, 'nodes'>,
): Readonly<Record<string, string>> {
  const known = policy.nodes.map((node) => {
    const registered = nodes.find((each) => each.node === node)?.addresses[0];
    return [node, registered ?? current?.wanted.peers[node]] as const;
  });
  return Object.fromEntries(known.filter((each): each is readonly [string, string] => each[1] !== undefined));
}

function judge(
  policy: VirtualAddress,
  node: string,
  preference: number,
  current: DesiredVip | undefined,
  { nodes, observations }: Pick<RegionSnapshot, 'nodes' | 'observations'>,
): Candidate {
  const seen = policy.unfitWhen.probes.map((probe) =>
    observations.find((each) => each.node === node && each.probe === probe),
  );
  const failed = seen.filter((each): each is SeenObservation => each?.health === 'failed');
  const ok = seen.filter((each): each is SeenObservation => each?.health === 'ok');
  const okForMs = ok.length === seen.length ? Math.min(...ok.map((each) => each.standingMs)) : undefined;
  const wasUnfit = current?.unfit.includes(node) ?? false;
  const move = nextPosition(
    wasUnfit ? 'down' : 'up',
    {
      downForMs: failed.length === 0 ? undefined : Math.max(...failed.map((each) => each.standingMs)),
      upForMs: okForMs,
    },
    { downAfterMs: policy.unfitWhen.failedForMs, upAfterMs: policy.fitAgainAfterMs },
  );
  return {
    node,
    preference,
    present: nodes.some((each) => each.node === node),
    wasUnfit,
    failedProbes: failed.map((each) => each.probe),
    okForMs,
    unfit: move.position === 'down',
    changesInMs: move.changesInMs,
  };
}

/**
 * The node that is not vetoed although it would be. With no fit node left, the best of all; with only absent ones
 * left, which may be dead, a present one whose probes are all ok, without waiting for its time to be fit again.
 */
function spare(candidates: readonly Candidate[]): Candidate | undefined {
  const fit = candidates.filter((each) => !each.unfit);
  if (fit.some((each) => each.present)) return undefined;
  const best = candidates.filter((each) => each.unfit).toSorted(byChance)[0];
  if (best === undefined || fit.length === 0) return best;
  return best.present && best.okForMs !== undefined ? best : undefined;
}

/** Present before absent, working before broken, the one that was fit so far (no needless move), then preference. */
function byChance(a: Candidate, b: Candidate): number {
  return (
    Number(b.present) - Number(a.present) ||
    Number(b.okForMs !== undefined) - Number(a.okForMs !== undefined) ||
    Number(a.wasUnfit) - Number(b.wasUnfit) ||
    a.failedProbes.length - b.failedProbes.length ||
    a.preference - b.preference
  );
}

function becameUnfit(policy: VirtualAddress, revision: bigint, { node, failedProbes }: Candidate): NewEvent {
  return {
    name: 'vip:node:unfit',
    subject: policy.name,
    message: `${node} is unfit to own ${policy.address}`,
    cause: `${failedProbes.join(', ')} failed for ${policy.unfitWhen.failedForMs} ms`,
    observers: [node],
    policyRevision: revision,
    facts: { node, address: policy.address, probes: failedProbes },
  };
}

function becameFit(policy: VirtualAddress, revision: bigint, { node, okForMs }: Candidate): NewEvent {
  return {
    name: 'vip:node:fit',
    subject: policy.name,
    message: `${node} may own ${policy.address} again`,
    cause: `${policy.unfitWhen.probes.join(', ')} ok for ${Math.round(okForMs ?? 0)} ms`,
    observers: [node],
    policyRevision: revision,
    facts: { node, address: policy.address },
  };
}

function sparing(policy: VirtualAddress, revision: bigint, { node, failedProbes }: Candidate): StandingRefusal {
  return {
    key: `vip/${policy.name}/NoFitTarget/${node}`,
    event: {
      name: 'vip:node:spared',
      subject: policy.name,
      message: `${node} is not declared unfit to own ${policy.address}, because no fit node would be left`,
      cause: failedProbes.length === 0 ? 'its probes are not ok yet' : `${failedProbes.join(', ')} failed`,
      refusal: 'NoFitTarget',
      observers: [node],
      policyRevision: revision,
      facts: { node, address: policy.address, probes: failedProbes },
    },
  };
}
