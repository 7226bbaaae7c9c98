/**
 * How the times of a database's failover must relate to each other, and what its durability can promise. The lease's
 * own inequalities are in core/lease-timing.ts; here they are said in the policy's fields.
 */
import { leaseTimingProblems } from '../core/lease-timing.ts';
import type { DatabaseFailover, DatabaseMember, PolicyProblem } from '../core/policy.ts';
import { durationText } from './duration.ts';
import { problem } from './problem.ts';
import type { PolicyWorld } from './world.ts';

/** Poll, freeze, drain and open: a ballot's steps. */
const BALLOT_STEPS = 4;

/** With two sites and no third, nobody can tell a dead peer from a cut link. */
const STORE_SITES_MIN = 3;

export function databaseTimingProblems(policy: DatabaseFailover, world: PolicyWorld): readonly PolicyProblem[] {
  return [
    ...leaseProblems(policy, world),
    ...writeProbeProblems(policy),
    ...holdDownProblems(policy),
    ...betweenRegionsProblems(policy, world),
    ...survivesProblems(policy),
    ...ackersProblems(policy),
    ...losslessProblems(policy),
  ];
}

/** `callTimeout` is not the policy's; it is met by a longer `ttl`. */
function leaseProblems({ ttlMs, marginMs }: DatabaseFailover, { timing }: PolicyWorld): readonly PolicyProblem[] {
  if (marginMs >= ttlMs) {
    return [
      problem(
        'margin',
        durationText(marginMs),
        'nothing of the lease would be left',
        `write less than ${durationText(ttlMs)}, the ttl`,
      ),
    ];
  }
  return leaseTimingProblems({ ...timing, ttlMs, marginMs }).map(({ field, message, remedy }) => {
    if (field === 'margin') return problem('margin', durationText(marginMs), message, remedy);
    return problem('ttl', durationText(ttlMs), message, field === 'ttl' ? remedy : 'lengthen ttl, or shorten margin');
  });
}

function writeProbeProblems({ writeProbe, ttlMs, marginMs }: DatabaseFailover): readonly PolicyProblem[] {
  const { everyMs, vetoWithinMs } = writeProbe;
  const value = durationText(vetoWithinMs);
  const usableMs = ttlMs - marginMs;
  if (vetoWithinMs < everyMs) {
    const message = 'no row could be recent enough to veto: the primary writes one every writeProbe.every';
    return [problem('writeProbe.vetoWithin', value, message, `write ${durationText(everyMs)} or more`)];
  }
  if (vetoWithinMs < usableMs) return [];
  const message = 'vetoWithin < ttl − margin does not hold: the last row of a dead primary would still veto its ballot';
  return [
    problem('writeProbe.vetoWithin', value, message, `write less than ${durationText(usableMs)}, or lengthen ttl`),
  ];
}

function holdDownProblems(policy: DatabaseFailover): readonly PolicyProblem[] {
  const { withinRegion, betweenRegions, cooldownMs, stepTimeoutMs, ttlMs } = policy;
  const problems: PolicyProblem[] = [];
  const value = durationText(betweenRegions.holdDownMs);
  if (betweenRegions.holdDownMs < withinRegion.holdDownMs) {
    const message = 'another region would be promoted before the own region is';
    const remedy = `write ${durationText(withinRegion.holdDownMs)} or more, as in withinRegion.holdDown`;
    problems.push(problem('betweenRegions.holdDown', value, message, remedy));
  } else if (betweenRegions.promote === 'automatic' && betweenRegions.holdDownMs < ttlMs) {
    const message = 'another region would be promoted before the own region had the time of one lease';
    problems.push(
      problem('betweenRegions.holdDown', value, message, `write ${durationText(ttlMs)} or more, as in ttl`),
    );
  }
  if (cooldownMs < BALLOT_STEPS * stepTimeoutMs) {
    const message = `cooldown ≥ ${BALLOT_STEPS}·stepTimeout does not hold: it would be over before the ballot that it follows`;
    const remedy = `write ${durationText(BALLOT_STEPS * stepTimeoutMs)} or more, or shorten stepTimeout`;
    problems.push(problem('cooldown', durationText(cooldownMs), message, remedy));
  }
  return problems;
}

function betweenRegionsProblems(policy: DatabaseFailover, world: PolicyWorld): readonly PolicyProblem[] {
  const { betweenRegions, members, writeProbe, durability } = policy;
  const regions = new Set(members.map((member) => member.region));
  if (betweenRegions.promote !== 'automatic' || regions.size < 2) return [];
  const problems: PolicyProblem[] = [];
  if (world.globalStoreSites < STORE_SITES_MIN) {
    const message =
      `the global store is in ${world.globalStoreSites} site(s); with fewer than three, ` +
      'no program can tell a dead peer from a cut link';
    const remedy = 'write manual and promote by command, or give the global store a member in a third site';
    problems.push(problem('betweenRegions.promote', 'automatic', message, remedy));
  }
  if (durability === 'bounded' && betweenRegions.maxLossMs < writeProbe.everyMs) {
    const message = 'no promotion could ever keep it: the newest row may be as old as writeProbe.every';
    const remedy = `write ${durationText(writeProbe.everyMs)} or more, or promote: manual`;
    problems.push(problem('betweenRegions.maxLoss', durationText(betweenRegions.maxLossMs), message, remedy));
  }
  return problems;
}

function survivesProblems({ survives, members }: DatabaseFailover): readonly PolicyProblem[] {
  if (survives === 'node' || new Set(members.map((member) => member.region)).size > 1) return [];
  const message = 'all members are in one region: there is nobody elsewhere to acknowledge';
  return [problem('survives', survives, message, 'write node, or add a member in another region')];
}

/** Beyond the first, which every database may lack while it has no member in its place. */
function ackersProblems({ ackers, survives, members }: DatabaseFailover): readonly PolicyProblem[] {
  const placesOf = (primary: DatabaseMember): number =>
    members.filter((m) => m !== primary && (m.region === primary.region) === (survives === 'node')).length;
  const most = Math.max(0, ...members.filter((m) => m.promote === 'allowed').map(placesOf));
  if (ackers === 1 || ackers <= most) return [];
  const where = survives === 'node' ? "in the primary's region" : 'in other regions than the primary';
  const message = `whoever is the primary, no more than ${most} other members are ${where}`;
  return [problem('ackers', String(ackers), message, `write ${Math.max(1, most)} or less, or add members there`)];
}

/** What `lossless` cannot keep: an acknowledgement from inside a region is lost together with that region. */
function losslessProblems({
  durability,
  survives,
  withinRegion,
  betweenRegions,
}: DatabaseFailover): readonly PolicyProblem[] {
  if (durability !== 'lossless') return [];
  const problems: PolicyProblem[] = [];
  for (const [field, { maxLossMs }] of [
    ['withinRegion.maxLoss', withinRegion],
    ['betweenRegions.maxLoss', betweenRegions],
  ] as const) {
    if (maxLossMs === 0) continue;
    problems.push(
      problem(
        field,
        durationText(maxLossMs),
        'durability is lossless, so nothing may be lost',
        'write 0s, or durability: bounded',
      ),
    );
  }
  if (betweenRegions.promote === 'automatic' && survives === 'node') {
    const message = 'lossless cannot be kept when a whole region is lost together with the members that acknowledged';
    const remedy = 'write manual, or survives: region, or durability: bounded with a maxLoss';
    problems.push(problem('betweenRegions.promote', 'automatic', message, remedy));
  }
  return problems;
}
