/**
 * Taking keys under management that are in use already: the nodes hand in what they hold, sealed, and what they hold becomes
 * the set in force. The first time all must hold the same. When the store has gone back (a node or a region knows a later
 * generation than it does), the nodes are right and the store is wrong: they may stand between two steps then, so their sets
 * are put together, if each can read what every other one issues. Nothing is ever taken from a node by an adoption.
 */
import type { Accepted, FernetKeys } from '../policy.ts';
import type { AccountedNode, RegionReports } from './key-accounting.ts';
import { decrypts, type KeySet, primaryOf, STAGED, sameSet, setText } from './key-set.ts';
import type { KeyState, NodeKeys, SealedKey } from './key-state.ts';

export interface AdoptedKeys {
  readonly generation: number;
  readonly keys: readonly SealedKey[];
  readonly accepts: readonly KeySet[];
}

export type AdoptionVerdict =
  | { readonly kind: 'adopt'; readonly adopted: AdoptedKeys; readonly isAgain: boolean }
  /** `isWaiting`: it will be possible when somebody has said what was asked of him. */
  | { readonly kind: 'refuse'; readonly detail: string; readonly isWaiting: boolean };

/** The latest generation that anybody has heard of. */
export function latestKnown(regions: RegionReports): number {
  const all = [...regions.values()].flatMap(({ generation, nodes }) => [
    generation,
    ...Object.values(nodes).map((each) => each.generation),
  ]);
  return Math.max(0, ...all);
}

/** Is what stands in the store older than what was in force? */
export function hasGoneBack(state: KeyState | undefined, regions: RegionReports): boolean {
  return latestKnown(regions) > (state?.generation ?? 0);
}

interface Holder {
  readonly node: string;
  readonly report: NodeKeys;
  readonly found: KeySet;
}

export function judgeAdoption(
  { policy }: Accepted<FernetKeys>,
  state: KeyState | undefined,
  accounts: readonly AccountedNode[],
  regions: RegionReports,
): AdoptionVerdict {
  const refuse = (detail: string, isWaiting = false): AdoptionVerdict => ({ kind: 'refuse', detail, isWaiting });
  const isAgain = hasGoneBack(state, regions);
  const mute = accounts.find(({ report }) => report === undefined || !isReadable(report));
  if (mute !== undefined) return refuse(mute.detail);
  const holders = accounts.flatMap(({ node, report }): readonly Holder[] =>
    report?.found == null || report.found.length === 0 ? [] : [{ node, report, found: report.found }],
  );
  const [first] = holders;
  if (first === undefined) return refuse(`no node has keys yet: ${SETUP[policy.repository]}`);
  const other = holders.find(({ found }) => !sameSet(found, first.found));
  if (!isAgain && other !== undefined) {
    const sets = `${first.node} has ${setText(first.found)}, and ${other.node} has ${setText(other.found)}`;
    return refuse(
      `${sets}; make them the same first: copy the directory of the node whose keys are in use to the others`,
    );
  }
  const stranger = strangerAmong(holders);
  if (stranger !== undefined) return refuse(stranger);
  const keys = together(holders);
  if (typeof keys === 'string') return refuse(keys, true);
  const generation = Math.max(latestKnown(regions), state?.generation ?? 0) + 1;
  return {
    kind: 'adopt',
    isAgain,
    adopted: { generation, keys, accepts: distinct(holders.map(({ found }) => found)) },
  };
}

const SETUP = {
  fernet: 'run keystone-manage fernet_setup on one node, and copy the directory to the others or leave them empty',
  credential:
    'run keystone-manage credential_setup on one node, and copy the directory to the others or leave them empty',
} as const;

/** Nothing is known of what such a node holds, or it holds something that is not for its agent to judge. */
function isReadable({ found, problem }: NodeKeys): boolean {
  return found !== null && (problem === null || problem === 'Empty' || problem === 'OtherKeys');
}

/** Tokens of each node must be readable for every other one, and one index must mean one key. */
function strangerAmong(holders: readonly Holder[]): string | undefined {
  for (const { node, found } of holders) {
    const primary = primaryOf(found);
    const blind = holders.find((each) => primary !== undefined && !decrypts(each.found, primary));
    if (blind !== undefined)
      return `the keys have diverged: ${node} issues tokens that ${blind.node} cannot read; decide whose keys count, and empty the other repository`;
    const clash = holders.find((each) =>
      each.found.some(({ index, fingerprint }) =>
        found.some((own) => index !== STAGED && own.index === index && own.fingerprint !== fingerprint),
      ),
    );
    if (clash !== undefined)
      return `the keys have diverged: ${node} and ${clash.node} have different keys under one index; decide whose keys count, and empty the other repository`;
  }
  return undefined;
}

/** All that anybody holds; of staged keys, which nobody has used yet, that of the node with the highest primary. */
function together(holders: readonly Holder[]): readonly SealedKey[] | string {
  const ahead = holders.toSorted((a, b) => (primaryOf(b.found)?.index ?? 0) - (primaryOf(a.found)?.index ?? 0));
  const keys = new Map<number, SealedKey>();
  for (const { node, report, found } of ahead) {
    for (const { index, fingerprint } of found) {
      if (keys.has(index)) continue;
      const offered = report.offer?.find((each) => each.index === index && each.fingerprint === fingerprint);
      if (offered === undefined) return `${node} has not handed in its keys yet`;
      keys.set(index, offered);
    }
  }
  return [...keys.values()].toSorted((a, b) => a.index - b.index);
}

function distinct(sets: readonly KeySet[]): readonly KeySet[] {
  return sets.filter((set, at) => sets.findIndex((each) => sameSet(each, set)) === at);
}
