/**
 * Starting a server that is down, and the receipt that says that it went. A server is started a bounded number of
 * times in a while, because one that crashes at its start would otherwise be started for ever.
 */
import type { MemberSnapshot } from './member-snapshot.ts';
import type { DatabaseState, Receipt } from './state.ts';

/** A start that failed is not repeated sooner; crash recovery of a small database takes a few seconds. */
export const START_SPACING_MS = 10_000;

export function mayStart(snapshot: MemberSnapshot): boolean {
  const agoMs = snapshot.notes.startedAgoMs;
  return agoMs === undefined || agoMs >= START_SPACING_MS;
}

/** The evidence of a live node that the server process which the state names is gone. */
export function receiptFor(snapshot: MemberSnapshot, state: DatabaseState): Receipt {
  return {
    node: snapshot.node,
    term: state.term,
    bootId: snapshot.bootId,
    serverInvocation: state.primaryInvocation,
    how: 'server-gone',
    atMs: snapshot.wallMs,
  };
}
