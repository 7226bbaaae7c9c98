/** Planted bugs in the promises between the agents: each takes one rule of core/database/promise.ts or its runtime away. */
import type { Mutant } from '../mutants.ts';

const PROMISE = 'src/core/database/promise.ts';

export const PROMISE_MUTANTS: readonly Mutant[] = [
  {
    bug: 'a member forgets at its restart what it promised',
    file: PROMISE,
    find: 'const forgottenUntil = later(word.startedAt, ttlMs);',
    replace: 'const forgottenUntil = word.startedAt;',
    found: 'I1',
  },
  {
    bug: 'a candidate freezes and opens within its own promise',
    file: PROMISE,
    find: 'return ownPromiseForMs <= 0 || ballot.receipt !== null;',
    replace: 'return ownPromiseForMs < Infinity || ballot.receipt !== null;',
    found: 'I1',
  },
  {
    bug: 'a ballot chooses one whom the primary has not asked',
    file: PROMISE,
    find: 'return !isOpenToAll && node',
    replace: 'return isOpenToAll && !isOpenToAll && node',
    found: 'I1',
  },
  {
    bug: 'electable is changed by the opening of a ballot',
    file: 'src/core/database/arbiter.ts',
    find: "    phase: 'ballot',\n",
    replace: "    phase: 'ballot',\n    electable: [],\n",
    found: 'I1',
  },
  {
    bug: 'an empty electable counts as a right',
    file: PROMISE,
    find: '  const found = required.map(',
    replace: '  if (required.length === 0) return later(0 as Instant, 1e12);\n  const found = required.map(',
    found: 'I1',
  },
  {
    bug: 'one promise is enough',
    file: PROMISE,
    find: 'required.length ? undefined : earliest(first, ...others);',
    replace: 'required.length ? undefined : others.reduce((one, other) => (one > other ? one : other), first);',
    found: 'I1',
  },
];
