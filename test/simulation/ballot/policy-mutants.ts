/** Planted bugs in the management of a database: each takes a rule of core/database/management.ts away. */
import type { Mutant } from '../mutants.ts';

export const POLICY_MUTANTS: readonly Mutant[] = [
  {
    bug: 'a primary is let go before the store says that it is managed no more',
    file: 'src/core/database/management.ts',
    find: "    { kind: 'write-state', state: released },",
    replace: "    released.phase === 'unmanaged' ? { kind: 'let-go' } : { kind: 'write-state', state: released },",
    found: 'I5',
  },
  {
    bug: 'a release forgets whose promises keep the primary open until the store has answered it',
    file: 'src/core/database/management.ts',
    find: "phase: 'unmanaged', hold: null,",
    replace: "phase: 'unmanaged', electable: [], hold: null,",
    from: 1_050,
    found: 'I5',
  },
];
