/** In which order a soak runs its rows: by a seed, so that a run that found something can be repeated. Pure. */

import { SeededRandom } from '../simulation/random.ts';

/**
 * Rows without end. All of them come once before any comes again, so that a short soak is not ten times the same.
 *
 * @throws RangeError when there is none
 */
export function* chosenRows<T>(rows: readonly T[], seed: number): Generator<T, never> {
  if (rows.length === 0) throw new RangeError('no row to choose from');
  const random = new SeededRandom(seed);
  for (;;) {
    const left = [...rows];
    while (left.length > 0) yield* left.splice(random.whole(0, left.length - 1), 1);
  }
}
