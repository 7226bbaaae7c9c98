/** What a run violated: each sentence once, since what is wrong stays wrong for many steps, and when it began. */

/** A violation, named by what stands before the colon of its sentence: I1 to I10, `order`, or `defect`. */
export interface Violation {
  readonly invariant: string;
  /** True time of the run, in ms. */
  readonly at: number;
}

export class Violations {
  readonly sentences: string[] = [];
  readonly list: Violation[] = [];

  /** @returns false if it is known already */
  add(sentence: string, atMs: number): boolean {
    if (this.sentences.includes(sentence)) return false;
    this.sentences.push(sentence);
    this.list.push({ invariant: invariantOf(sentence), at: Math.round(atMs) });
    return true;
  }
}

export function invariantOf(sentence: string): string {
  return sentence.slice(0, sentence.indexOf(':'));
}
