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

/** Insertions, deletions, replacements, and neighbours that changed places (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let above: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (above[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    above = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
