/** The hold on one database as its key stands, for the commands that make and end it. */
import type { Hold } from '../core/holds.ts';
import { holdOf } from '../runtime/duty/region-view.ts';
import { holdKey } from '../store/keys.ts';
import { holdRecord } from '../store/schema.ts';
import type { DatabaseSight } from './database-sight.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed, type Session } from './session.ts';

export interface StandingHold {
  readonly scope: string;
  readonly key: string;
  /** Undefined if there is none, or it has ended. */
  readonly hold: Hold | undefined;
  /** Of the key, also of one that has ended; 0 = there is none. */
  readonly revision: bigint;
}

/** @throws what the store throws */
export async function standingHold(session: Session, { policy, store }: DatabaseSight): Promise<StandingHold> {
  const scope = `database/${policy.name}`;
  const key = holdKey(scope);
  const { entry } = await store.get(key);
  const read = entry === undefined ? undefined : holdOf(scope, holdRecord.read(key, entry.value));
  const isOver = read === undefined || read.expiresAtMs <= session.deps.wallMs();
  return { scope, key, hold: isOver ? undefined : read, revision: entry?.modRevision ?? 0n };
}

/** Who runs the command, as a hold names its owner. */
export async function ownerHere(session: Session): Promise<string> {
  const { environment } = session.deps;
  const { node } = await session.config();
  return `${environment.SUDO_USER ?? environment.USER ?? 'somebody'}@${node}`;
}

/** @throws CommandFailed if the hold is another one's */
export function requireOwn({ scope, hold }: StandingHold, owner: string, isForced: boolean): void {
  if (hold === undefined || hold.owner === owner || isForced) return;
  throw new CommandFailed(
    exitCodes.refused,
    `${scope} is held by ${hold.owner}: ${hold.reason}; ask them, or say --yes`,
  );
}

/** For a transaction that found something else than what the command had read. */
export function overtaken(): CommandFailed {
  return new CommandFailed(exitCodes.refused, 'the hold changed in the same moment; look, and try again');
}
