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
    bug: 'what is noted about a copy counts for the old data that comes back',
    file: 'src/core/database/member-replica.ts',
    find: "if (snapshot.rebuild === 'joined' && (",
    replace: 'if (isNew && (',
    from: 3_450,
    found: 'I10',
  },
  {
    bug: 'an acker that stopped early does not follow again',
    file: 'src/core/database/member-replica.ts',
    find: 'acknowledge && isPrimarySilent(snapshot)',
    replace: 'acknowledge && snapshot.primaryHeardAgoMs !== undefined',
    found: 'I10',
  },
];
