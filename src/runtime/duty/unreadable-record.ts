/** What is told of a database's record that has an unknown format, or that somebody broke: regent holds, it does not act. */
import type { NewEvent } from '../../core/event.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';

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
