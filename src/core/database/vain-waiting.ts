/**
 * Commits that wait for an acknowledgement which nobody will send. MariaDB acknowledges what it receives; what an acker had
 * received before it began to acknowledge, or whose acknowledgement was lost with its connection, it never acknowledges.
 * The next commit would stand for those before it, but commits are made in groups, and behind two groups that wait no other
 * is written: the primary takes no write any more, with an acker that has everything. Then the waiting is ended: an acker
 * has applied what waits, so it is as safe as if it had been acknowledged; its clients are told nothing.
 */
import { isThere } from './ackers.ts';
import { contains } from './gtid.ts';
import { about, act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import type { AppliedBy } from './promise.ts';
import type { DatabaseState } from './state.ts';

/** An acker that is there acknowledges within milliseconds, and says within a second what it has applied. */
const IN_VAIN_AFTER_MS = 2_000;

/** @returns undefined unless an acker that is there has said that it has applied all that this server has written */
export function endVainWaiting(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  const { look } = snapshot.server;
  if (look === undefined || look.semiSync.clients === 0 || snapshot.commitsWaitForMs < IN_VAIN_AFTER_MS)
    return undefined;
  const having = state.ackers.find(({ node, invocation }) => {
    const said = snapshot.appliedBy.get(node);
    const isItself = said?.invocation === invocation && isThere(recordOf(snapshot, node), snapshot.node);
    return isItself && contains(said.pos, look.binlogPos);
  });
  if (having === undefined) return undefined;
  const waitedMs = Math.round(snapshot.commitsWaitForMs);
  return act(
    { kind: 'end-waiting', olderThanMs: IN_VAIN_AFTER_MS },
    {
      ...about(snapshot, state),
      name: 'database:commits:ended',
      message: `${snapshot.node} ended commits that had waited for ${waitedMs} ms: ${having.node} has applied ${look.binlogPos} and will not acknowledge it`,
      cause: 'an acker had it before it began to acknowledge',
      facts: { waitedMs, acker: having.node, position: look.binlogPos },
    },
  );
}

/** What a member says of its own server with its word; null = nothing that could be counted on. */
export function appliedOf({ invocation, look }: MemberSnapshot['server']): AppliedBy | null {
  return invocation === undefined || look === undefined ? null : { invocation, pos: look.appliedPos };
}

function recordOf({ members }: MemberSnapshot, node: string) {
  return members.find((each) => each.node === node);
}
