/**
 * What `regentctl status` says, as data: made from one snapshot of both stores. Pure: the same snapshot, the same view.
 * `complaints` names everything that is not as it should be, one sentence each; empty means all is well, and the exit
 * code says the same. A thing that could not be looked at is a complaint too, never silently left out.
 */
import type { IdentityState } from '../core/desired.ts';
import { type RegionView, readRegion } from '../runtime/duty/region-view.ts';
import { parseKey } from '../store/keys.ts';
import { leaderRecord, regionRecord } from '../store/schema.ts';
import type { Entry } from '../store/store.ts';
import { type PolicyStanding, policyStandings } from './policy-standing.ts';
import { complaintsOf } from './status-complaints.ts';
import { type DatabaseLine, databaseLines } from './status-databases.ts';
import { type KeysLine, keysLines } from './status-keys.ts';
import { type PromisedLine, promisedLines } from './status-promises.ts';
import { type RolloutLine, rolloutLine } from './status-rollouts.ts';
import type { SeenStore, StatusSnapshot } from './status-snapshot.ts';
import { entriesIn } from './store-contents.ts';

export interface StoreLine {
  readonly name: string;
  readonly isReachable: boolean;
  readonly membersUp: number;
  readonly members: number;
}

export interface NodeLine {
  readonly node: string;
  readonly roles: readonly string[];
  readonly isRegistered: boolean;
  /** Probes that are not ok, as `<probe> <health>: <detail>`. */
  readonly trouble: readonly string[];
}

export interface AddressLine {
  readonly name: string;
  readonly address: string;
  readonly mode: string;
  readonly owners: readonly string[];
  readonly unfit: readonly string[];
}

export interface IdentityLine {
  readonly name: string;
  readonly region: string;
  /** Undefined while the leader has decided nothing. */
  readonly state: IdentityState | undefined;
  readonly home: string | undefined;
  readonly ready: readonly string[];
  readonly isReadOnly: boolean;
  /** Away from home because an operator ordered it. */
  readonly isOrdered: boolean;
  /** It returns at an operator's word only. */
  readonly returnsByOrder: boolean;
  /** Null where a load balancer is switched. */
  readonly rollout: RolloutLine | null;
}

export interface StatusView {
  readonly region: string;
  readonly stores: readonly StoreLine[];
  /** Undefined if nobody leads, or the store that tells could not be read. */
  readonly leader: string | undefined;
  readonly arbiter: string | undefined;
  readonly regions: readonly { readonly region: string; readonly leader: string }[];
  readonly nodes: readonly NodeLine[];
  readonly addresses: readonly AddressLine[];
  readonly databases: readonly DatabaseLine[];
  readonly identities: readonly IdentityLine[];
  readonly keys: readonly KeysLine[];
  readonly policies: readonly PolicyLine[];
  readonly holds: readonly HoldLine[];
  /** Primaries without a lease. */
  readonly promised: readonly PromisedLine[];
  readonly complaints: readonly string[];
}

export interface PolicyLine extends Pick<PolicyStanding, 'name' | 'store' | 'state'> {
  readonly kind: string;
  readonly mode: string;
}

export interface HoldLine {
  readonly scope: string;
  readonly owner: string;
  readonly reason: string;
  /** Null: it ends when the agent is back that was stopped in order and left it. */
  readonly expiresInSeconds: number | null;
}

export function viewStatus(snapshot: StatusSnapshot): StatusView {
  const { regional, global } = snapshot;
  const stores = regional === undefined || regional === global ? [global] : [regional, global];
  const standings = stores.flatMap((store) => policyStandings(store.name, entriesOf(store)));
  const seen = readRegion(entriesOf(regional));
  const databases = databaseLines(snapshot, standings, entriesOf(global));
  const parts = {
    region: snapshot.region,
    stores: stores.map(storeLine),
    leader: seen.leader,
    ...elections(entriesOf(global)),
    nodes: regional?.contents.isReachable === true ? nodeLines(seen, standings, snapshot.region) : [],
    addresses: addressLines(seen, standings),
    databases,
    identities: identityLines(seen, standings),
    keys: keysLines(standings, entriesOf(global)),
    policies: standings.map(policyLine),
    holds: [...holdLines(snapshot, stores), ...leftHolds(databases)],
    promised: promisedLines(snapshot.agents),
  };
  return { ...parts, complaints: complaintsOf(parts, snapshot, standings, seen) };
}

const entriesOf = (store: SeenStore | undefined): readonly Entry[] => entriesIn(store?.contents);

function storeLine({ name, contents, status }: SeenStore): StoreLine {
  const endpoints = status?.endpoints ?? [];
  const membersUp = endpoints.filter((each) => each.reachable).length;
  return { name, isReachable: contents.isReachable, membersUp, members: endpoints.length };
}

function elections(entries: readonly Entry[]) {
  const regions: { region: string; leader: string }[] = [];
  let arbiter: string | undefined;
  for (const { key, value } of entries) {
    const parsed = parseKey(key);
    if (parsed?.name === 'arbiter') {
      const record = leaderRecord.read(key, value);
      if (record.ok) arbiter = record.value.node;
    } else if (parsed?.name === 'region') {
      const record = regionRecord.read(key, value);
      if (record.ok) regions.push({ region: parsed.parts.region ?? '', leader: record.value.leader });
    }
  }
  return { regions, arbiter };
}

/** Registered nodes, and those that a policy counts on although they are not. */
function nodeLines(seen: RegionView, standings: readonly PolicyStanding[], region: string): readonly NodeLine[] {
  const registered = seen.nodes.map(({ node, roles }) => {
    const trouble = seen.observations
      .filter((each) => each.node === node && each.health !== 'ok')
      .map(({ probe, health, detail }) => `${probe} ${health}: ${detail}`);
    return { node, roles, isRegistered: true, trouble };
  });
  const known = new Set(registered.map(({ node }) => node));
  const missing = [...expectedNodes(standings, region)].filter((node) => !known.has(node));
  const lines = [...registered, ...missing.map((node) => ({ node, roles: [], isRegistered: false, trouble: [] }))];
  return lines.sort((a, b) => (a.node < b.node ? -1 : 1));
}

function expectedNodes(standings: readonly PolicyStanding[], region: string): ReadonlySet<string> {
  const policies = standings.map(({ inForce }) => inForce?.policy).filter((policy) => policy !== undefined);
  const names = policies.flatMap((policy) => {
    if (policy.kind === 'VirtualAddress') return policy.nodes;
    if (policy.kind === 'IdentityRoute') return [...policy.observers, ...(policy.via === 'config' ? policy.nodes : [])];
    if (policy.kind === 'EndpointCatalog') return [];
    if (policy.kind === 'FernetKeys') return policy.nodes[region] ?? [];
    return policy.members.filter((member) => member.region === region).map((member) => member.node);
  });
  return new Set(names);
}

function addressLines(seen: RegionView, standings: readonly PolicyStanding[]): readonly AddressLine[] {
  return standings.flatMap(({ inForce }) => {
    const policy = inForce?.policy;
    if (policy?.kind !== 'VirtualAddress') return [];
    const { name, address, mode } = policy;
    const owners = seen.observations
      .filter(({ probe, facts }) => probe === `vip-${name}` && facts.owner === true)
      .map(({ node }) => node);
    const desired = seen.desired.map((each) => each.value).find((each) => each.kind === 'vip' && each.name === name);
    return [{ name, address, mode, owners, unfit: desired?.kind === 'vip' ? desired.unfit : [] }];
  });
}

function identityLines(seen: RegionView, standings: readonly PolicyStanding[]): readonly IdentityLine[] {
  return standings.flatMap(({ inForce }) => {
    const policy = inForce?.policy;
    if (policy?.kind !== 'IdentityRoute') return [];
    const found = seen.desired
      .map((each) => each.value)
      .find((each) => each.kind === 'identity' && each.name === policy.name);
    const desired = found?.kind === 'identity' ? found : undefined;
    const { name, region } = policy;
    const { state, home, ready = [], readOnly: isReadOnly = false, isOrdered = false } = desired ?? {};
    const rollout = rolloutLine(desired, seen);
    const returnsByOrder = isReadOnly && (isOrdered || policy.returning === 'manual' || rollout?.isBack === true);
    return [{ name, region, state, home, ready, isReadOnly, isOrdered, returnsByOrder, rollout }];
  });
}

function policyLine({ name, store, state, inForce }: PolicyStanding): PolicyLine {
  return { name, store, state, kind: inForce?.policy?.kind ?? '', mode: inForce?.policy?.mode ?? '' };
}

function holdLines({ wallMs }: StatusSnapshot, stores: readonly SeenStore[]): readonly HoldLine[] {
  return stores
    .flatMap((store) => readRegion(entriesOf(store)).holds)
    .filter((hold) => hold.expiresAtMs > wallMs)
    .map(({ expiresAtMs, ...hold }) => ({ ...hold, expiresInSeconds: Math.ceil((expiresAtMs - wallMs) / 1000) }));
}

/** Of agents that were stopped in order. */
function leftHolds(databases: readonly DatabaseLine[]): readonly HoldLine[] {
  return databases.flatMap(({ name, hold }) =>
    hold === null
      ? []
      : [{ scope: `database/${name}`, owner: hold.owner, reason: hold.reason, expiresInSeconds: null }],
  );
}
