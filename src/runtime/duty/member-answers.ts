/**
 * A member's answers to a ballot, and what it knows of the primary's writes: the newest write-probe row that it
 * received, when that came, and how old it was then. Ages are counted on this node's monotonic clock.
 */

import type { DatabaseServer, WriteProbeRow } from '../../actuator/database-server.ts';
import type { Clock } from '../../core/clock.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { ServerLook } from '../../core/database/server-look.ts';
import type { BallotAnswer, ExclusionCode } from '../../core/database/state.ts';
import { type Instant, later } from '../../core/time.ts';

export interface MemberAnswersDeps {
  readonly server: DatabaseServer;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

/** What is answered. */
type Asked = Pick<BallotAnswer, 'step' | 'term' | 'order'>;

interface SeenRow {
  readonly row: WriteProbeRow;
  readonly at: Instant;
  readonly lagMs: number;
}

export class MemberAnswers {
  readonly #deps: MemberAnswersDeps;
  #row: SeenRow | undefined;
  #given: BallotAnswer | undefined;
  #invocation: string | undefined;

  constructor(deps: MemberAnswersDeps) {
    this.#deps = deps;
  }

  /** The last answer given; undefined in this life if none was. */
  get given(): BallotAnswer | undefined {
    return this.#given;
  }

  /** An answer was given for one server process; after a restart its word does not hold any more. */
  speakFor(invocation: string | undefined): void {
    if (invocation !== this.#invocation) this.#given = undefined;
    this.#invocation = invocation;
  }

  give(answer: BallotAnswer): void {
    this.#given = answer;
  }

  /** Looks whether a newer write-probe row has arrived. The first row of this life may have come long ago: it counts from when it was written. */
  async followWrites(signal?: AbortSignal): Promise<void> {
    const row = await this.#deps.server.readProbe(signal);
    if (row === undefined || (this.#row?.row.atMs === row.atMs && this.#row.row.term === row.term)) return;
    const agoMs = Math.max(0, this.#deps.wallMs() - row.atMs);
    const now = this.#deps.clock.nowMs();
    this.#row = this.#row === undefined ? { row, at: later(now, -agoMs), lagMs: 0 } : { row, at: now, lagMs: agoMs };
  }

  /** An answer from a fresh look at the server. */
  async look(snapshot: MemberSnapshot, { step, term, order }: Asked, signal?: AbortSignal): Promise<BallotAnswer> {
    await this.followWrites(signal);
    const look = await this.#deps.server.look(signal);
    const excluded = step === 'drain' ? null : exclusionOf(look, snapshot);
    return {
      term,
      step,
      order,
      ok: excluded === null,
      excluded,
      serverId: look.serverId,
      receivedPos: look.replication?.receivedPos || look.binlogPos,
      appliedPos: look.appliedPos,
      binlogPos: look.binlogPos,
      binlogState: look.binlogState,
      followedTerm: snapshot.notes.followedTerm ?? null,
      writeProbeAgeMs: this.#row === undefined ? null : Math.max(0, this.#deps.clock.nowMs() - this.#row.at),
      arrivalLagMs: this.#row?.lagMs ?? null,
    };
  }
}

/** Why this server cannot be promoted, judged by itself. */
function exclusionOf(look: ServerLook, snapshot: MemberSnapshot): ExclusionCode | null {
  if (snapshot.notes.quarantinedAt !== undefined) return 'ErrantTransactions';
  if (!look.logsReplicated) return 'NoLogSlaveUpdates';
  const { replication } = look;
  if (replication === null) {
    const ballot = snapshot.state?.ballot;
    const isKnown = ballot?.formerPrimary === snapshot.node || ballot?.excluded.includes(snapshot.node) === true;
    return isKnown ? null : 'NotAReplica';
  }
  if (replication.applyError !== null) return 'SqlError';
  return replication.applying || replication.drained ? null : 'Incomplete';
}
