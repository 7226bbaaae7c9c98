/**
 * Which member of a store to ask first. Pure bookkeeping: a member that failed or was overtaken goes to the back and
 * is tried again after a penalty that doubles, so that one that is sick but reachable costs at most one head start
 * now and then, and never a lease. Order among the healthy stays as given, so callers that shuffle it once spread
 * their load.
 */
import { elapsedMs, type Instant, later } from '../core/time.ts';

interface Score {
  failures: number;
  penaltyUntil: Instant | undefined;
  answeredAt: Instant | undefined;
}

const PENALTY_FIRST_MS = 1_000;
/** Long enough that a dead member costs next to nothing, short enough to notice within a minute that it is back. */
const PENALTY_MAX_MS = 30_000;

export class MemberScores {
  readonly #scores: readonly Score[];

  /** @param count how many members there are; they are called by their index. */
  constructor(count: number) {
    this.#scores = Array.from({ length: count }, () => ({
      failures: 0,
      penaltyUntil: undefined,
      answeredAt: undefined,
    }));
  }

  /** @returns every member: first those without a penalty, then the others, the one whose penalty ends first leading. */
  order(now: Instant): readonly number[] {
    const penaltyMs = (index: number) => {
      const until = this.#scores[index]?.penaltyUntil;
      return until === undefined ? 0 : Math.max(0, elapsedMs(now, until));
    };
    return this.#scores.map((_, index) => index).sort((a, b) => penaltyMs(a) - penaltyMs(b) || a - b);
  }

  answered(index: number, now: Instant): void {
    const score = this.#scores[index];
    if (score === undefined) return;
    score.failures = 0;
    score.penaltyUntil = undefined;
    score.answeredAt = now;
  }

  /** It answered after another had overtaken it: it works, and its penalty stays. */
  answeredLate(index: number, now: Instant): void {
    const score = this.#scores[index];
    if (score !== undefined) score.answeredAt = now;
  }

  /** It gave no answer in time, or a useless one, or another member answered long before it. */
  failed(index: number, now: Instant): void {
    const score = this.#scores[index];
    if (score === undefined) return;
    const penaltyMs = Math.min(PENALTY_FIRST_MS * 2 ** score.failures, PENALTY_MAX_MS);
    score.failures += 1;
    score.penaltyUntil = later(now, penaltyMs);
    score.answeredAt = undefined;
  }

  /** @returns the first member in order that answered within the last `withinMs`, if there is one. */
  proven(now: Instant, withinMs: number): number | undefined {
    return this.order(now).find((index) => {
      const at = this.#scores[index]?.answeredAt;
      return at !== undefined && elapsedMs(at, now) <= withinMs;
    });
  }
}
