/**
 * An order to replace a member's data with a copy of another's, as it stands in the global store: what the operator
 * wants, and how far the member's own agent is with it.
 */

/** How far an order is. `refused`, `done` and `undone` are ends. */
export type RebuildPhase =
  | 'ordered'
  | 'receive'
  | 'prepare'
  | 'stop'
  | 'swap'
  | 'start'
  | 'position'
  | 'join'
  | 'undo'
  | 'refused'
  | 'done'
  | 'undone';

/** `databases/<db>/rebuild/<node>`: written by the operator's command, carried on by the agent of `node`. */
export interface RebuildOrder {
  /** Tells two orders for one node apart. */
  readonly id: string;
  readonly node: string;
  /** Member that the copy is taken from. */
  readonly from: string;
  /** `check`: only find out whether it could be done. `discard`: remove the data that a finished rebuild moved aside. */
  readonly kind: 'rebuild' | 'check' | 'discard';
  /** The order holds under this term only: after a ballot the source may not have the new primary's data. */
  readonly term: bigint;
  /** The operator says yes to rebuilding a member that works. */
  readonly isForced: boolean;
  /** Remove the old data once the new one replicates. */
  readonly discardsOld: boolean;
  readonly isCancelled: boolean;
  readonly orderedBy: string;
  /** Wall time, for people. */
  readonly orderedAtMs: number;
  readonly phase: RebuildPhase;
  /** Bytes received so far. */
  readonly bytes: number;
  /** Size of the source's data; null until the source has told it. */
  readonly totalBytes: number | null;
  /** What to know about the phase, e.g. why it was refused. */
  readonly detail: string;
  /** Wall time of the last change, for people. */
  readonly changedAtMs: number;
}

const ENDED: readonly RebuildPhase[] = ['refused', 'done', 'undone'];

export function hasEnded(phase: RebuildPhase): boolean {
  return ENDED.includes(phase);
}
