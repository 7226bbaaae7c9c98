/** What the duty of a db agent works with: the node's own things, what it sees of the store, and whom it tells. */
import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import type { DeadMansSwitch } from '../../actuator/fence-order.ts';
import type { Clock, Timers } from '../../core/clock.ts';
import type { RebuildHold } from '../../core/database/rebuild-steps.ts';
import type { MemberRecord } from '../../core/database/state.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Hold } from '../../core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import type { NotesStore } from './member-notes.ts';
import type { PrimaryRight } from './primary-right.ts';
import type { PromiseAsker } from './promise-asker.ts';
import type { DoubtedView } from './store-view.ts';

export interface MemberDutyDeps {
  readonly node: string;
  readonly region: string;
  readonly bootId: string;
  readonly database: string;
  /** The policy in force; undefined while there is none. */
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly holds: () => readonly Hold[];
  readonly view: DoubtedView;
  readonly right: PrimaryRight;
  readonly asker: Pick<PromiseAsker, 'hurry' | 'stop' | 'release'>;
  /** Where this agent answers others; null if it does not. */
  readonly peer: string | null;
  readonly deadMansSwitch: DeadMansSwitch;
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  readonly notes: NotesStore;
  /** Puts the member's record under the agent's own lease; called only when it changed. */
  readonly publish: (record: MemberRecord, signal: AbortSignal) => Promise<void>;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wallMs: () => number;
  /** How a rebuild of this node's server stands to the duty, and whether one is under way at all. */
  readonly rebuild: () => { readonly hold: RebuildHold; readonly isUnderWay: boolean };
  /** Asks for another tick soon. */
  readonly wake: () => void;
}
