/**
 * The fence's own closing of a server: read-only within a bound, or killed. It shares no code with the agent's closing
 * (F1), because a bug in one must not be in the other.
 */
import type { Timers } from '../core/clock.ts';
import { FENCE_WITHIN_MS } from '../core/dead-mans-switch.ts';

/** The server as its two connections show it. Every call may hang or fail at any time. */
export interface GuardedServer {
  isReadOnly(): Promise<boolean>;
  makeReadOnly(): Promise<void>;
  /** Ends every session that could be in the way of it. */
  killClients(): Promise<void>;
}

/** The process of the server. */
export interface GuardedProcess {
  /**
   * SIGKILL, and waits until it is gone.
   * @param invocation - only this one; undefined for whichever runs
   * @returns false if that one did not run
   * @throws Error if it cannot be told gone
   */
  kill(invocation: string | undefined): Promise<boolean>;
}

export interface ClosingOrder {
  /** The server process that has lost its right; undefined if the order does not say. */
  readonly invocation: string | undefined;
  /** False as soon as the agent has renewed or taken back the order: then nothing more is done. */
  readonly stillStands: () => boolean;
}

export type Closing =
  | { readonly how: 'was-closed' | 'read-only' | 'killed' | 'withdrawn' }
  | { readonly how: 'failed'; readonly detail: string };

/** Between two rounds of killing clients: a commit that waits for its acknowledgement holds the server open. */
const ROUND_MS = 20;

export async function closeGuarded(
  {
    server,
    process,
    timers,
  }: { readonly server: GuardedServer; readonly process: GuardedProcess; readonly timers: Timers },
  { invocation, stillStands }: ClosingOrder,
): Promise<Closing> {
  const late = Promise.withResolvers<undefined>();
  const asking = { isOver: false, sawOpen: false };
  const timer = timers.after(FENCE_WITHIN_MS, () => late.resolve(undefined));
  const asked = ask(server, timers, asking).catch(() => undefined);
  const closed = await Promise.race([asked, late.promise]);
  asking.isOver = true;
  timer.cancel();
  if (closed !== undefined) return { how: closed };
  if (!stillStands()) return { how: 'withdrawn' };
  try {
    // A server that was started since then begins read-only: it is killed only if it was seen open.
    const isKilled = await process.kill(asking.sawOpen ? undefined : invocation);
    return { how: isKilled ? 'killed' : 'was-closed' };
  } catch (error) {
    return { how: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** @returns undefined if the server was not seen closed */
async function ask(
  server: GuardedServer,
  timers: Timers,
  asking: { isOver: boolean; sawOpen: boolean },
): Promise<'was-closed' | 'read-only' | undefined> {
  if (await server.isReadOnly()) return 'was-closed';
  asking.sawOpen = true;
  let isAnswered = false;
  const made = server.makeReadOnly().finally(() => {
    isAnswered = true;
  });
  const killed = (async () => {
    while (!isAnswered && !asking.isOver) {
      await server.killClients();
      if (!isAnswered) await new Promise<void>((resolve) => timers.after(ROUND_MS, resolve));
    }
  })();
  await Promise.all([made, killed]);
  if (!(await server.isReadOnly())) return undefined;
  // Pooled connections would stay and be refused for ever; without them their pools find the new primary.
  await server.killClients().catch(() => {
    // The server is closed already.
  });
  return 'read-only';
}
