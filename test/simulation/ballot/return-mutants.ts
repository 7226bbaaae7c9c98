/** Planted bugs in coming back: each takes away a rule of core/database/rebuild*.ts, rejoin.ts, or of what a member makes of them. */
import type { Mutant } from '../mutants.ts';

const STEPS = 'src/core/database/rebuild-steps.ts';

export const RETURN_MUTANTS: readonly Mutant[] = [
  {
    bug: 'a server whose data is being exchanged is started by whoever looks after it',
    file: STEPS,
    find: "  if (journal === undefined || journal.ended === 'undone') return undefined;",
    replace: "  if (journal === undefined || journal.ended === 'undone' || disk !== undefined) return undefined;",
    found: 'I10',
  },
  {
    bug: 'the data of a running server is exchanged',
    file: STEPS,
    find: "return disk.data === 'own' && isServerRunning ? { kind: 'stop' } : { kind: 'swap' };",
    replace: "return { kind: 'swap' };",
    found: 'I10',
  },
  {
    bug: 'the old data is put back under a running server',
    file: STEPS,
    find: "return isServerRunning ? { kind: 'stop' } : { kind: 'swap-back' };",
    replace: "return { kind: 'swap-back' };",
    found: 'I10',
  },
  {
    bug: 'a primary is rebuilt',
    file: 'src/core/database/rebuild.ts',
    find: '  if (state.primary === node) {',
    replace: '  if (state.primary === node && node === undefined) {',
    found: 'I2',
  },
  {
    bug: 'what is noted about a copy counts for the old data that comes back',
    file: 'src/core/database/member-replica.ts',
    find: "if (snapshot.rebuild === 'joined' && (",
    replace: 'if (isNew && (',
    found: 'I',
  },
  {
    bug: 'a server that was away for several promotions is compared with the last one',
    file: 'src/core/database/rejoin.ts',
    find: 'promotions.findLast((each) => each.term > followedTerm)',
    replace: 'promotions.find((each) => each.term > followedTerm)',
    found: 'I',
  },
  {
    bug: 'a quarantine is forgotten with a newer term',
    file: 'src/core/database/member-replica.ts',
    find: '  if (quarantinedAt !== undefined && !isNew) {',
    replace: '  if (quarantinedAt === state.term && !isNew) {',
    found: 'I',
  },
];
