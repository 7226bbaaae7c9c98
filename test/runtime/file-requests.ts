/**
 * How many questions of this process the file system has not answered yet. A test that moves a clock by hand asks, so that
 * the clock does not run away from a slow disk. Counted by Node.js itself: what is under test opens its files as always.
 */
import { createHook } from 'node:async_hooks';

const KINDS: ReadonlySet<string> = new Set(['FSREQCALLBACK', 'FSREQPROMISE', 'FILEHANDLECLOSEREQ']);

const underWay = new Set<number>();

createHook({
  init: (id, kind) => {
    if (KINDS.has(kind)) underWay.add(id);
  },
  destroy: (id) => void underWay.delete(id),
  trackPromises: false,
}).enable();

export function fileRequestsUnderWay(): number {
  return underWay.size;
}
