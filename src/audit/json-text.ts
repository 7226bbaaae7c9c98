/**
 * JSON for values that hold bigints (epochs, revisions). JSON's numbers do not carry an int64, so a bigint becomes a
 * decimal string, everywhere in the same way: events, `/status` and `regentctl --json`. Reading one back belongs to
 * the schema of the field, because a string alone does not tell what it was.
 */

/**
 * @param value plain data; bigints at any depth
 * @param indent spaces per level; left out: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? part.toString() : part), indent);
}
