/**
 * The id of an event: `<wall ms, 13 digits>-<node>-<counter, 9 digits>`. It sorts by time, and the counter, which
 * grows over the whole life of a node's journal, makes it unique even when the wall clock is set back. The counter
 * is also the journal's position: the cursor and the names of rotated files are counters.
 */

const SHAPE = /^(\d{13})-(.+)-(\d{9,})$/;

/** @param counter 1 or more */
export function eventId(atMs: number, node: string, counter: number): string {
  return `${String(Math.max(0, Math.floor(atMs))).padStart(13, '0')}-${node}-${String(counter).padStart(9, '0')}`;
}

/** @returns undefined if the text is not an event's id */
export function counterOf(id: string): number | undefined {
  const counter = SHAPE.exec(id)?.[3];
  return counter === undefined ? undefined : Number(counter);
}
