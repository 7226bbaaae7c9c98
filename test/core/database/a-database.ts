/**
 * Valid snapshots of one database to build cases from: three members in north and one in south, north-1 open, north-2
 * its proven acker. A case names only what is different.
 */
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type {
  Acker,
  Ballot,
  BallotAnswer,
  BallotStep,
  DatabaseState,
  MemberRecord,
  PrimaryKey,
  PromotionRecord,
  Receipt,
} from '../../../src/core/database/state.ts';
import type { Accepted, DatabaseFailover, DatabaseMember } from '../../../src/core/policy.ts';
import { acknowledging, aLook, aReplicaLook, waiting } from './a-look.ts';

export { acknowledging, aLook, aReplicaLook, aReplication, waiting } from './a-look.ts';

export const NODES = ['north-1', 'north-2', 'north-3', 'south-1'] as const;
export const SERVER_IDS: Record<string, number> = { 'north-1': 101, 'north-2': 102, 'north-3': 103, 'south-1': 201 };

export function aMember(node: string, difference: Partial<DatabaseMember> = {}): DatabaseMember {
  const region = node.split('-')[0] ?? '';
  return { node, region, address: `${node}.example`, port: 3306, promote: 'allowed', ...difference };
}

export function aPolicy(difference: Partial<DatabaseFailover> = {}): Accepted<DatabaseFailover> {
  const policy: DatabaseFailover = {
    kind: 'DatabaseFailover',
    name: 'keystone',
    mode: 'enforce',
    members: NODES.map((node) => aMember(node)),
    ttlMs: 3_000,
    marginMs: 600,
    durability: 'bounded',
    survives: 'node',
    ackers: 1,
    writeProbe: { everyMs: 1_000, vetoWithinMs: 1_000 },
    withinRegion: { promote: 'automatic', holdDownMs: 0, maxLossMs: 2_000 },
    betweenRegions: { promote: 'automatic', holdDownMs: 10_000, maxLossMs: 5_000 },
    cooldownMs: 60_000,
    hungAfterMs: 10_000,
    stepTimeoutMs: 5_000,
    route: { backend: 'database' },
  };
  return { policy: { ...policy, ...difference }, revision: 7n };
}

export function anAcker(node: string, difference: Partial<Acker> = {}): Acker {
  return { node, account: `repl-${node}`, invocation: `${node}#1`, ...difference };
}

export function aState(difference: Partial<DatabaseState> = {}): DatabaseState {
  return {
    term: 4n,
    primary: 'north-1',
    primaryInvocation: 'north-1#1',
    phase: 'steady',
    timing: null,
    electable: ['north-2', 'north-3', 'south-1'],
    ackers: [anAcker('north-2')],
    ackersVersion: 3,
    unacknowledgedAtProof: 0,
    ballot: null,
    unfinished: null,
    receipt: null,
    promotions: [],
    hold: null,
    switchedAtMs: 1_000,
    ...difference,
  };
}

export function aBallot(step: BallotStep, difference: Partial<Ballot> = {}): Ballot {
  const hasChosen = step === 'drain' || step === 'prove';
  return {
    step,
    formerPrimary: 'north-1',
    cause: 'a test',
    receipt: null,
    openedAtMs: 0,
    candidate: hasChosen ? 'north-2' : null,
    polled: step === 'poll' ? [] : ['north-2', 'north-3', 'south-1'],
    excluded: [],
    absentForMs: 0,
    catchUp: hasChosen ? { node: 'north-2', until: '0-101-50' } : null,
    lossMs: hasChosen ? 0 : null,
    ordered: null,
    fences: hasChosen ? [{ by: 'lease', nodes: ['north-1'] }] : [],
    ...difference,
  };
}

export function inBallot(step: BallotStep, ballot: Partial<Ballot> = {}, difference: Partial<DatabaseState> = {}) {
  return aState({ term: 5n, phase: 'ballot', ballot: aBallot(step, ballot), ...difference });
}

export function aReceipt(difference: Partial<Receipt> = {}): Receipt {
  const gone = { node: 'north-1', bootId: 'north-1-boot', serverInvocation: 'north-1#1' };
  return { ...gone, term: 4n, how: 'server-gone', atMs: 0, ...difference };
}

export function aPromotion(node: string, difference: Partial<PromotionRecord> = {}): PromotionRecord {
  return {
    term: 4n,
    node,
    serverId: SERVER_IDS[node] ?? 0,
    slavePos: '0-101-50',
    binlogPos: '0-101-50',
    binlogState: '0-101-50',
    lossMs: 0,
    atMs: 0,
    ...difference,
  };
}

export function aKey(difference: Partial<PrimaryKey> = {}): PrimaryKey {
  return { node: 'north-1', term: 4n, bootId: 'north-1-boot', serverInvocation: 'north-1#1', ...difference };
}

export function anAnswer(node: string, step: BallotStep, difference: Partial<BallotAnswer> = {}): BallotAnswer {
  return {
    term: 5n,
    step,
    order: null,
    ok: true,
    excluded: null,
    serverId: SERVER_IDS[node] ?? 0,
    followedTerm: null,
    receivedPos: '0-101-50',
    appliedPos: '0-101-50',
    binlogPos: '0-101-50',
    binlogState: '0-101-50',
    writeProbeAgeMs: 4_000,
    arrivalLagMs: 10,
    ...difference,
  };
}

/** A replica of north-1. */
export function aRecord(node: string, difference: Partial<MemberRecord> = {}): MemberRecord {
  return {
    node,
    region: node.split('-')[0] ?? '',
    bootId: `${node}-boot`,
    serverInvocation: `${node}#1`,
    serverUp: true,
    readOnly: true,
    follows: 'north-1',
    semiSyncReplica: node === 'north-2',
    ackersVersion: 3,
    account: `repl-${node}`,
    quarantined: false,
    peer: `https://${node}.example:9465`,
    rebuilding: false,
    seenTerm: 4n,
    policyRevision: 7n,
    answer: null,
    ...difference,
  };
}

/** Everybody's record; the former primary's server is down. */
export function records(
  answered?: BallotStep,
  differences: Readonly<Record<string, Partial<BallotAnswer> | null>> = {},
): readonly MemberRecord[] {
  return NODES.map((node) => {
    if (node === 'north-1') return aRecord(node, { serverUp: false, serverInvocation: '', follows: null });
    const difference = differences[node];
    const isSilent = answered === undefined || difference === null;
    return aRecord(node, { answer: isSilent ? null : anAnswer(node, answered, difference ?? {}) });
  });
}

export function anArbiter(difference: Partial<ArbiterSnapshot> = {}): ArbiterSnapshot {
  return {
    policy: aPolicy(),
    state: aState(),
    primary: undefined,
    primaryAbsentForMs: 4_000,
    absenceWitnessed: true,
    members: records(),
    stateStandingMs: 100,
    hold: undefined,
    order: undefined,
    orderStandingMs: 0,
    wallMs: 1_000_000,
    epoch: 33n,
    ...difference,
  };
}

/** The agent of the open primary north-1, whose acker is proven; `node` makes it another's. */
export function anAgent(difference: Partial<MemberSnapshot> = {}): MemberSnapshot {
  const node = difference.node ?? 'north-1';
  const isPrimary = node === 'north-1';
  return {
    node,
    bootId: `${node}-boot`,
    policy: aPolicy(),
    storeAwayForMs: 0,
    state: aState(),
    primary: aKey(),
    members: NODES.map((each) =>
      aRecord(each, each === 'north-1' ? { follows: null, account: null, readOnly: false } : {}),
    ),
    holdsRights: isPrimary,
    promisedForMs: 0,
    ownPromiseForMs: 0,
    primaryHeardAgoMs: undefined,
    receivedStandingMs: 0,
    server: {
      invocation: `${node}#1`,
      look: isPrimary
        ? aLook({ semiSync: waiting })
        : aReplicaLook(node === 'north-2' ? { semiSync: acknowledging } : { serverId: SERVER_IDS[node] ?? 0 }),
    },
    answered: undefined,
    order: undefined,
    orderStandingMs: 0,
    hold: undefined,
    stateStandingMs: 10_000,
    ackersLostForMs: new Map(),
    appliedBy: new Map(),
    commitsWaitForMs: 0,
    writesFailForMs: 0,
    rebuild: undefined,
    notes: {
      highestTerm: 4n,
      startedAgoMs: undefined,
      repointedAgoMs: undefined,
      quarantinedAt: undefined,
      followedTerm: 4n,
    },
    wallMs: 1_000_000,
    ...difference,
  };
}
