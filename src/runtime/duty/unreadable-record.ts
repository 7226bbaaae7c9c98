/** What is told of a database's record that has an unknown format, or that somebody broke: regent holds, it does not act. */
import type { NewEvent } from '../../core/event.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import type { DatabaseView } from './database-view.ts';

export function unreadableRecord({ policy, revision }: Accepted<DatabaseFailover>, problem: Error): NewEvent {
  return {
    name: 'database:promotion:refused',
    subject: policy.name,
    message: problem.message,
    cause: 'a record in the store cannot be read',
    refusal: 'PreconditionUnmet',
    policyRevision: revision,
  };
}

/** An order that cannot be read is not obeyed, and nothing else waits for it. */
export function unreadableOrder(
  policy: Accepted<DatabaseFailover>,
  { malformedOrder }: DatabaseView,
): readonly NewEvent[] {
  if (malformedOrder === undefined) return [];
  return [{ ...unreadableRecord(policy, malformedOrder), name: 'database:switchover:refused' }];
}
