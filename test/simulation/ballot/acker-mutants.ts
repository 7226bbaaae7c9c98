/** Planted bugs in the set of acknowledging members: each takes one rule of its entry, its proof or its removal away. */
import type { Mutant } from '../mutants.ts';

const ACTIONS = 'src/runtime/duty/acker-actions.ts';
const ACKERS = 'src/core/database/ackers.ts';

export const ACKER_MUTANTS: readonly Mutant[] = [
  {
    bug: 'the store forgets an acker before it is locked out',
    file: ACTIONS,
    find: '    try {\n      await server.shutOut(account, signal);\n',
    replace:
      '    await right.writeState(view, state, signal);\n    try {\n      await server.shutOut(account, signal);\n',
    found: 'I2',
  },
  {
    bug: 'an acker is forgotten without being locked out',
    file: ACTIONS,
    find: '      await server.shutOut(account, signal);\n',
    replace: '',
    found: 'I2',
  },
  {
    bug: 'an acker is forgotten before a write has proved that the others have everything',
    file: ACTIONS,
    find: '      await server.shutOut(account, signal);\n      await this.prove(snapshot, signal);\n',
    replace: '      await server.shutOut(account, signal);\n',
    found: 'I2',
  },
  {
    bug: 'a lock is lifted while its member may still acknowledge',
    file: 'src/core/database/replication-account.ts',
    find: 'owners.every((owner) => mayReplicate(',
    replace: 'owners.some((owner) => owner !== undefined || mayReplicate(',
    found: 'I2',
  },
  {
    bug: 'a lock is lifted by a view that is older than the lock',
    file: ACTIONS,
    find: 'if (state !== null && !(await this.#deps.right.writeState(view, state, signal))) return false;',
    replace: '',
    found: 'I2',
  },
  {
    bug: 'who is not of the set is not kept out',
    file: 'src/core/database/acker-duty.ts',
    find: ' : strangersTo(snapshot, state);',
    replace: " : { kind: 'known', accounts: [] };",
    found: 'I2',
  },
  {
    bug: 'a ballot counts one acker of the set',
    file: ACKERS,
    find: 'if (silent.length > 0) return',
    replace: 'if (silent.length === state.ackers.length) return',
    found: 'I2',
  },
];
