/**
 * Replaces parts of a text and nothing else; an undo gives back the same text, character by character.
 */

export interface Edit {
  /** Index of the first character in the text that the edit is for. */
  readonly start: number;
  /** What must stand there. */
  readonly before: string;
  readonly after: string;
}

/**
 * The text with all `edits` made; they may come in any order, and may not overlap.
 * @throws RangeError if something else stands at the place of an edit: the edits are of another text
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, before, after } of sorted(edits)) {
    if (start < at || !text.startsWith(before, start))
      throw new RangeError(`${JSON.stringify(before)} does not stand at ${start}: the edits are of another text`);
    result += text.slice(at, start) + after;
    at = start + before.length;
  }
  return result + text.slice(at);
}

/** The edits that undo `edits`, for the text that `applyEdits` made. */
export function undoOf(edits: readonly Edit[]): readonly Edit[] {
  let shift = 0;
  return sorted(edits).map(({ start, before, after }) => {
    const undo = { start: start + shift, before: after, after: before };
    shift += after.length - before.length;
    return undo;
  });
}

function sorted(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((a, b) => a.start - b.start);
}
