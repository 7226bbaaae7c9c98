/** Which known name somebody may have meant. A suggestion only; nothing is ever taken for something else. */

/** More than a third of the name wrong is another name. */
const WRONG_SHARE_MAX = 1 / 3;

/** @returns the known name that is the fewest edits away, or undefined if none is near */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, edits: editsBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.max(name.length, candidate.length) * WRONG_SHARE_MAX))
    .toSorted((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/** Levenshtein's distance, a row at a time. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
