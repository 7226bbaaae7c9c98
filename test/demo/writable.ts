/**
 * Which of several servers would answer a commit. Open for writing is not enough where commits wait for an
 * acknowledgement: a host that was frozen, and wakes after its replicas have gone over to its successor, is open until its
 * fence has run, and answers no commit in that time, because nobody receives from it. Pure.
 */

/** A server as it was seen. */
export interface WritableLook {
  readonly host: string;
  readonly address: string;
  readonly isOpen: boolean;
  /** Semi-synchronous replication is in effect: a commit is answered when a replica has it. */
  readonly waitsForReplica: boolean;
  /** Whom it receives from, or tries to; undefined if it did not say. */
  readonly sources: readonly string[] | undefined;
}

/** A server that says nothing about its source may receive from anybody. */
export function takingWrites(looks: readonly WritableLook[]): readonly string[] {
  const mayAcknowledge = ({ host, address }: WritableLook) =>
    looks.some((each) => each.host !== host && (each.sources?.includes(address) ?? true));
  return looks.filter((look) => look.isOpen && (!look.waitsForReplica || mayAcknowledge(look))).map(({ host }) => host);
}
