/**
 * Who enters the set of ackers and who leaves it. An entrant is named first and acknowledges afterwards; whoever leaves is
 * locked out first and forgotten afterwards, with a write in between that proves that the others have everything.
 */
import type { NewEvent } from '../event.ts';
import { isAcker, isClaimed, isThere, namesOf } from './ackers.ts';
import { about, act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import { shutOutBy } from './replication-account.ts';
import type { Acker, DatabaseState } from './state.ts';

/** A replica that reconnects after a hiccup keeps its seat; commits wait for it meanwhile. */
export const ACKER_GONE_MS = 5_000;

export function isLost({ ackersLostForMs }: MemberSnapshot, node: string): boolean {
  return (ackersLostForMs.get(node) ?? 0) > ACKER_GONE_MS;
}

/** The ackers that are there, each with the process and the account that it has now. */
export function ackersThere({ members, node }: MemberSnapshot, { ackers }: DatabaseState): readonly Acker[] {
  return ackers.flatMap((acker) => {
    const record = members.find((each) => each.node === acker.node);
    if (!isThere(record, node)) return [];
    return [{ node: acker.node, account: record.account, invocation: record.serverInvocation }];
  });
}

/** The acker as it is there, or as it was proved if it is not. */
export function asSeen(acker: Acker, there: readonly Acker[]): Acker {
  return there.find(({ node }) => node === acker.node) ?? acker;
}

export type Removal =
  | { readonly kind: 'shut-out'; readonly decision: MemberDecision }
  /** It should go and cannot be shut out: everything else goes on, and a ballot needs its answer. */
  | { readonly kind: 'kept'; readonly refusal: NewEvent };

/** The first that should go: lost, not where the policy wants it, or the last of too many; only if others acknowledge. */
export function removal(snapshot: MemberSnapshot, state: DatabaseState): Removal | undefined {
  if (!isClaimed(state)) return undefined;
  const wanted = snapshot.policy.policy.ackers;
  const reasons = state.ackers.map((acker) => ({ acker, why: whyUnwanted(snapshot, acker) }));
  const surplus = reasons.filter(({ why }) => why === undefined).slice(wanted);
  const leaving = (reasons.find(({ why }) => why !== undefined) ?? surplus.at(-1))?.acker;
  const there = ackersThere(snapshot, state);
  if (leaving === undefined || !there.some(({ node }) => node !== leaving.node)) return undefined;
  const why = whyUnwanted(snapshot, leaving) ?? `the policy wants ${wanted}`;
  const way = shutOutBy(snapshot, state, leaving.node);
  if ('obstacle' in way) return { kind: 'kept', refusal: kept(snapshot, state, leaving, `${why}: ${way.obstacle}`) };
  const ackers = state.ackers.filter((acker) => acker !== leaving).map((acker) => asSeen(acker, there));
  const without = { ...state, ackers, ackersVersion: state.ackersVersion + 1 };
  return {
    kind: 'shut-out',
    decision: act(
      { kind: 'shut-out', account: way.account, state: without },
      durabilityChanged(snapshot, state, {
        message: `${leaving.node} acknowledges no more, because ${why}; every commit waits for ${namesOf(ackers, 'or')}`,
        cause: isLost(snapshot, leaving.node) ? 'AckerGone' : 'AckerNotWanted',
      }),
    ),
  };
}

function whyUnwanted(snapshot: MemberSnapshot, { node }: Acker): string | undefined {
  if (isLost(snapshot, node)) return 'it does not follow';
  return placesFor(snapshot).includes(node) ? undefined : 'it is not where the policy wants it';
}

function kept(snapshot: MemberSnapshot, state: DatabaseState, { node }: Acker, why: string): NewEvent {
  return {
    ...about(snapshot, state),
    name: 'database:acker:kept',
    message: `${node} should acknowledge no more and cannot be shut out: ${why}`,
    cause: why,
    refusal: 'CannotShutOut',
  };
}

/** A member in the wanted place that replicates from here, while fewer than wanted are in theirs. */
export function entry(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  const places = placesFor(snapshot);
  const staying = state.ackers.filter((acker) => whyUnwanted(snapshot, acker) === undefined);
  if (staying.length >= snapshot.policy.policy.ackers) return undefined;
  const entrant = places
    .filter((node) => !isAcker(state, node))
    .map((node) => snapshot.members.find((record) => record.node === node))
    .find((m) => m?.follows === snapshot.node && m.serverUp && !m.quarantined && !m.rebuilding);
  if (entrant === undefined) return undefined;
  const { node, account, serverInvocation: invocation } = entrant;
  const ackers = [...state.ackers, { node, account, invocation }];
  return act(
    { kind: 'write-state', state: { ...state, ackers, ackersVersion: state.ackersVersion + 1 } },
    durabilityChanged(snapshot, state, { message: `${node} is to acknowledge commits`, cause: 'AckerFollows' }),
  );
}

/** Where an acknowledgement outlives what the policy says: in the own region (no long way in every commit), or outside it. */
function placesFor({ node, policy }: MemberSnapshot): readonly string[] {
  const { members, survives } = policy.policy;
  const region = members.find((m) => m.node === node)?.region;
  const isWanted = (place: string) => (survives === 'node' ? place === region : place !== region);
  return members.filter((m) => isWanted(m.region) && m.node !== node).map((m) => m.node);
}

export function durabilityChanged(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  what: Pick<NewEvent, 'message' | 'cause' | 'facts'>,
): NewEvent {
  return { ...about(snapshot, state), name: 'database:durability:changed', ...what };
}
