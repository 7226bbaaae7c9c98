/**
 * Why the former primary can acknowledge nothing any more, as far as a ballot knows when it chooses: the promotion's
 * events carry it (I8). It decides nothing; that a ballot has come this far is what makes each of them true.
 */
import { missingProof } from './ackers.ts';
import type { ArbiterSnapshot } from './arbiter-snapshot.ts';
import type { Ballot, DatabaseState } from './state.ts';

/**
 * - `receipt`: its own agent has told that its mariadbd is gone, or closed for a switchover;
 * - `lease`: the store has let its lease run out, so its own deadline (F1, F2) passed before;
 * - `promises`: these members froze, and none does before the last word that it gave to the former primary is over;
 * - `ackers`: every server that may have acknowledged its commits is frozen (F3);
 * - `itself`: it takes part in the ballot, closed.
 */
export type FenceKind = 'receipt' | 'lease' | 'promises' | 'ackers' | 'itself';

export interface Fence {
  readonly by: FenceKind;
  readonly nodes: readonly string[];
}

/** @param frozen - members whose answers to the freeze count */
export function fencesOf(
  { members }: Pick<ArbiterSnapshot, 'members'>,
  state: DatabaseState,
  { formerPrimary, receipt }: Pick<Ballot, 'formerPrimary' | 'receipt'>,
  frozen: readonly string[],
): readonly Fence[] {
  const answered = members.filter(({ node }) => frozen.includes(node));
  const ackers = missingProof(state, answered) === undefined ? state.ackers.map(({ node }) => node) : [];
  const givers = state.electable.length === 0 ? [] : frozen.filter((node) => node !== formerPrimary);
  const found: readonly Fence[] = [
    { by: 'receipt', nodes: receipt === null ? [] : [receipt.node] },
    { by: 'lease', nodes: receipt === null ? [formerPrimary] : [] },
    { by: 'promises', nodes: receipt === null ? givers : [] },
    { by: 'ackers', nodes: ackers },
    { by: 'itself', nodes: frozen.filter((node) => node === formerPrimary) },
  ];
  return found.filter(({ nodes }) => nodes.length > 0);
}

/** For an event's facts: the kind, then the nodes. */
export const fenceFacts = (fences: readonly Fence[]): readonly string[] =>
  fences.map(({ by, nodes }) => `${by} ${nodes.join(' ')}`);

/** For an event's message; empty without a fence. */
export function fencesInWords(fences: readonly Fence[]): string {
  return fences.map(inWords).join(', ');
}

function inWords({ by, nodes }: Fence): string {
  const who = nodes.join(' and ');
  switch (by) {
    case 'receipt':
      return `${who} gave a receipt`;
    case 'lease':
      return `the lease of ${who} is over`;
    case 'promises':
      return `the promises of ${who} are over`;
    case 'ackers':
      return `${who}, which acknowledged its commits, ${nodes.length === 1 ? 'is' : 'are'} frozen`;
    case 'itself':
      return `${who} takes part, closed`;
  }
}
