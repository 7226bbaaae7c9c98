/** Tells once that a primary is open by promises alone, and once that its lease is back. */
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';

export class PromiseNotice {
  readonly #record: (event: NewEvent) => void;
  #isOpenByPromises = false;

  constructor(record: (event: NewEvent) => void) {
    this.#record = record;
  }

  /** @param by - whose promises keep the server open */
  see(snapshot: MemberSnapshot, by: readonly string[]): void {
    const was = this.#isOpenByPromises;
    this.#isOpenByPromises = !snapshot.holdsRights && snapshot.promisedForMs > 0;
    if (this.#isOpenByPromises === was) return;
    const { node, policy, state } = snapshot;
    const about = { subject: policy.policy.name, policyRevision: policy.revision, observers: by };
    const epoch = state === undefined ? {} : { epoch: state.term };
    if (this.#isOpenByPromises) {
      const message = `the lease of ${node} has ended; it stays open by the promises of ${by.join(', ')}`;
      this.#record({
        ...about,
        ...epoch,
        name: 'database:primary:promised',
        message,
        cause: 'the lease was not renewed',
      });
    } else if (snapshot.holdsRights) {
      const message = `${node} holds its lease again and was open by promises until now`;
      this.#record({ ...about, ...epoch, name: 'database:primary:resumed', message, cause: 'the lease was renewed' });
    }
  }

  /** The key was taken anew, and that was told already. */
  forget(): void {
    this.#isOpenByPromises = false;
  }
}
