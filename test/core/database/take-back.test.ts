/** The recorded primary gets its key again only while nothing was handed over. */
import test from 'ava';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import { canTakeBack } from '../../../src/core/database/take-back.ts';
import { aKey, aLook, anAgent, aReceipt, aState, inBallot } from './a-database.ts';

const row = test.macro({
  exec: (t, expected: boolean, state: DatabaseState, difference: Partial<MemberSnapshot> = {}) => {
    t.is(canTakeBack(anAgent({ holdsRights: false, primary: undefined, state, ...difference }), state), expected);
  },
  title: (name, expected) => `the key may ${expected ? '' : 'not '}be taken back ${name}`,
});
test('in steady times', row, true, aState());
test('over the own key of this boot', row, true, aState(), { primary: aKey() });
test('during the poll', row, true, inBallot('poll'));
test('during the freeze', row, true, inBallot('freeze'));
test('once a candidate drains', row, false, inBallot('drain'));
test('once a candidate proves itself', row, false, inBallot('prove'));
test('against a receipt', row, false, aState({ receipt: aReceipt() }));
test("against a ballot's receipt", row, false, inBallot('poll', { receipt: aReceipt() }));
test('by a node that the state does not name', row, false, aState({ primary: 'south-1' }));
test("over another's key", row, false, aState(), { primary: aKey({ node: 'south-1' }) });
test('over the key of an earlier boot', row, false, aState(), { primary: aKey({ bootId: 'before' }) });
test('for a server that was restarted', row, false, aState(), {
  server: { invocation: 'north-1#2', look: aLook() },
});
test('for a server that is down', row, false, aState({ primaryInvocation: '' }), {
  server: { invocation: undefined, look: undefined },
});
