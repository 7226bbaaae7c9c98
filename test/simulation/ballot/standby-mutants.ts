/** Planted bugs in what an arbiter has witnessed: each lets it open a ballot without the holder's lease time. */
import type { Mutant } from '../mutants.ts';

const SIGHT = 'src/runtime/duty/arbiter-sight.ts';

export const STANDBY_MUTANTS: readonly Mutant[] = [
  {
    bug: 'an absence that nobody witnessed is not waited out',
    file: 'src/core/database/arbiter.ts',
    find: 'snapshot.absenceWitnessed ? 0 : policy.ttlMs',
    replace: 'snapshot.absenceWitnessed ? 0 : 0 * policy.ttlMs',
    found: 'I5',
  },
  {
    bug: 'who stands takes what went while the store was out of reach for witnessed',
    file: SIGHT,
    find: '    this.#hasSeenPrimary = false;\n',
    replace: '',
    found: 'I5',
  },
];
