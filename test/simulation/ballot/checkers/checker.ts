/** What a checker may be told. It looks on and says `world.violated`; it changes nothing. */
import type { DatabaseState } from '../../../../src/core/database/state.ts';
import type { NewEvent } from '../../../../src/core/event.ts';
import type { Host } from '../host.ts';
import type { ModelServer, Outcome } from '../model-server.ts';

export interface BallotChecker {
  /** The store's majority holds another state of the database than after the step before; told before `afterStep`. */
  onState?(state: DatabaseState): void;
  afterStep?(): void;
  /** An agent has opened a server for writing. */
  onOpened?(server: ModelServer): void;
  /** Another server became the recorded primary. */
  onPromoted?(server: ModelServer): void;
  /** A write ended. */
  onWrite?(server: ModelServer, id: string, outcome: Outcome): void;
  /** An agent wrote an event. */
  onEvent?(host: Host, event: NewEvent): void;
  atEnd?(): void;
}
