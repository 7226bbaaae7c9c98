/** A policy in sentences, for `regentctl policy show`: what will happen, when, and what never will. */
import { assertNever } from '../core/assert-never.ts';
import { declaredRows } from '../core/catalog/rows.ts';
import { tokenLifetimeMs } from '../core/keys/key-lifetime.ts';
import type {
  DatabaseFailover,
  EndpointCatalog,
  FernetKeys,
  IdentityRoute,
  Policy,
  VirtualAddress,
} from '../core/policy.ts';
import { majorityOf } from '../core/quorum.ts';
import { durationText } from './duration.ts';
import { policyWarnings } from './warnings.ts';

export function explainPolicy(policy: Policy): readonly string[] {
  const sentences = explained(policy);
  if (policy.mode === 'enforce') return sentences;
  return ['This policy only observes: it decides and explains, and changes nothing.', ...sentences];
}

function explained(policy: Policy): readonly string[] {
  switch (policy.kind) {
    case 'VirtualAddress':
      return ofAddress(policy);
    case 'DatabaseFailover':
      return ofDatabase(policy);
    case 'IdentityRoute':
      return ofIdentity(policy);
    case 'EndpointCatalog':
      return ofCatalog(policy);
    case 'FernetKeys':
      return ofKeys(policy);
    default:
      return assertNever(policy);
  }
}

function ofAddress(policy: VirtualAddress): readonly string[] {
  const { address, region, nodes, unfitWhen } = policy;
  return [
    `${address} of region ${region} is owned by one of ${listed(nodes)}, in this order of preference.`,
    `VRRP router ${policy.virtualRouterId} on ${policy.interface} elects the owner with an advertisement every ` +
      `${durationText(policy.advertIntervalMs)}; when a host dies it moves the address by itself.`,
    `A node on which ${listed(unfitWhen.probes, 'or')} has failed for ${durationText(unfitWhen.failedForMs)} is unfit ` +
      `to own it, and fit again once all is ok for ${durationText(policy.fitAgainAfterMs)}.`,
    'If no fit node would be left, one is spared and keeps its chance.',
  ];
}

function ofDatabase(policy: DatabaseFailover): readonly string[] {
  const { members, durability, withinRegion, betweenRegions, writeProbe } = policy;
  const never = members.filter((member) => member.promote === 'never').map((member) => member.node);
  const usableMs = policy.ttlMs - policy.marginMs;
  return [
    `One of ${listed(members.map((member) => member.node))} is the primary, in this order of preference within a region.`,
    ...(never.length === 0 ? [] : [`${listed(never, 'and')} ${never.length === 1 ? 'is' : 'are'} never promoted.`]),
    `The primary may write for ${durationText(usableMs)} after it last renewed its lease of ${durationText(policy.ttlMs)}.`,
    `Inside its region another one is promoted ${promoted(withinRegion)}.`,
    `In another region one is promoted ${promoted(betweenRegions)}.`,
    durability === 'lossless'
      ? 'Nothing is promoted without proof that no acknowledged write is lost.'
      : `Without that proof, at most ${durationText(withinRegion.maxLossMs)} of writes may be lost inside the region, ` +
        `and ${durationText(betweenRegions.maxLossMs)} between regions; what is lost is named.`,
    `A commit waits for ${policy.ackers === 1 ? 'a member' : `one of ${policy.ackers} members`} of ` +
      `${policy.survives === 'node' ? "the primary's region" : 'another region'}, as soon as one follows.`,
    `A member that received a write within ${durationText(writeProbe.vetoWithinMs)} vetoes a ballot.`,
    `An open server that takes no write for ${durationText(policy.hungAfterMs)} is killed, if another one could be opened.`,
    `After a switch there is no other one for ${durationText(policy.cooldownMs)}, but once for a primary that was lost before it had proved itself.`,
    `The proxies of every region send backend ${policy.route.backend} to the primary, or to their region's own replicas.`,
  ];
}

function promoted({ promote, holdDownMs }: DatabaseFailover['withinRegion']): string {
  if (promote === 'manual') return 'only by command';
  return holdDownMs === 0
    ? 'as soon as the primary is surely gone'
    : `after it has been gone for ${durationText(holdDownMs)}`;
}

function ofIdentity(policy: IdentityRoute): readonly string[] {
  const { region, observers, database } = policy;
  return [
    `Services of region ${region} use the Keystone of the region that has the primary of ${database}.`,
    `${majorityOf(observers.length)} of ${listed(observers, 'and')} must agree that it is out of reach; each tries a ` +
      `real token every ${durationText(policy.probe.everyMs)}.`,
    `After ${durationText(policy.isolateAfterMs)} ${switched(policy)}: tokens are issued ` +
      'and validated there, and nothing can be changed.',
    `It is told when data of its own replicas are older than ${durationText(policy.maxLagMs)}; that stops no switch.`,
    ...(policy.via === 'proxy' && policy.backups.length > 0
      ? [
          `Keystones of ${listed(policy.backups, 'and')} stand by where HAProxy has them as backups: it uses them when no other is up.`,
        ]
      : []),
    policy.returning === 'automatic'
      ? `The region returns by itself once the home Keystone has been good for ` +
        `${durationText(policy.returnAfterMs)}, and no sooner than ${durationText(policy.cooldownMs)} after it left.`
      : `The region returns only when an operator says so: regentctl identity return ${region}.`,
  ];
}

function ofKeys(policy: FernetKeys): readonly string[] {
  const { repository, nodes, rotateEveryMs, maxActive } = policy;
  const names = Object.values(nodes).flat();
  return [
    `The ${repository} keys of ${listed(names, 'and')} are the same; each step of a rotation is confirmed by all of them ` +
      'before the next, and none is taken while one of them is not heard of.',
    rotateEveryMs === null
      ? `They are rotated when an operator says so: regentctl keys rotate ${policy.name}.`
      : `They are rotated every ${durationText(rotateEveryMs)}.`,
    repository === 'fernet'
      ? `There are ${maxActive} at rest; none goes before it has not been the primary for ` +
        `${durationText(tokenLifetimeMs(policy))}, for as long as a token may be validated.`
      : `There are ${maxActive} at rest; before each rotation keystone-manage credential_migrate has to have been run.`,
    'A node with other keys is reported and left alone; one without any gets those in force.',
  ];
}

function switched(policy: IdentityRoute): string {
  const { nodes = [], url = '' } = policy.keystones[policy.region] ?? {};
  if (policy.via === 'proxy') {
    const fronts = policy.frontBackends.map((each) => `, ${each} to ${policy.region}`).join('');
    const backends = [policy.backend, ...policy.otherBackends];
    const what = backends.length === 1 ? `backend ${policy.backend} goes` : `backends ${listed(backends, 'and')} go`;
    return `${what} to ${listed(nodes, 'and')}${fronts}`;
  }
  return (
    `the files of ${listed(policy.services, 'and')} on ${listed(policy.nodes, 'and')} get the address of ${url}, ` +
    'one node after the other'
  );
}

function ofCatalog(policy: EndpointCatalog): readonly string[] {
  const rows = declaredRows(policy);
  const regions = [...new Set(rows.map(({ region }) => region))];
  return [
    `Keystone's catalogue has ${rows.length} rows of ${listed([...new Set(policy.services.map(({ type }) => type))], 'and')} ` +
      `for ${listed(regions, 'and')}; rows of other services and regions are never touched.`,
    `One node of the region that has the primary of ${policy.database} looks every ${durationText(policy.everyMs)}, and corrects ` +
      'one row at a time; a row keeps its id.',
    policy.prune
      ? 'A row of a declared service and region whose interface is not declared is deleted.'
      : 'A row of a declared service and region whose interface is not declared is reported and stays.',
    ...policyWarnings(policy),
  ];
}

function listed(names: readonly string[], word = 'or'): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
