/** What the recorded primary's agent decides, as the rows of two test files say it. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { electableNow } from '../../../src/core/database/promise.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import { anAgent, aState } from './a-database.ts';

/** A snapshot whose state names as electable whom it should; that it is written at all is tested with the promises. */
export function inOrder(difference: Partial<MemberSnapshot>): MemberSnapshot {
  const snapshot = anAgent(difference);
  const { state } = snapshot;
  return state === undefined ? snapshot : { ...snapshot, state: { ...state, electable: electableNow(snapshot) } };
}

export const does = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>, expected: Partial<MemberAction>) => {
    t.like(decideMember(inOrder(difference)).action, expected);
  },
  title: (name) => `a primary ${name}`,
});

/** The whole state that an action writes, as its difference from the one it was decided on. */
export const writes = test.macro({
  exec: (
    t,
    difference: Partial<MemberSnapshot>,
    kind: MemberAction['kind'],
    change: (before: DatabaseState) => Partial<DatabaseState>,
  ) => {
    const snapshot = inOrder(difference);
    const { action } = decideMember(snapshot);
    t.is(action.kind, kind);
    const before = snapshot.state ?? aState();
    t.deepEqual('state' in action ? action.state : undefined, { ...before, ...change(before) });
  },
  title: (name) => `a primary ${name}`,
});
