/** A promotion says why the former primary can acknowledge nothing any more, with who knows it (I8). */
import test from 'ava';
import { fenceFacts, fencesInWords, fencesOf } from '../../../src/core/database/fences.ts';
import type { Ballot, DatabaseState } from '../../../src/core/database/state.ts';
import { aBallot, anAcker, aReceipt, aRecord, aState, NODES } from './a-database.ts';

interface Case {
  readonly state?: Partial<DatabaseState>;
  readonly ballot?: Partial<Ballot>;
  readonly frozen?: readonly string[];
}

const says = test.macro({
  exec: (t, { state, ballot, frozen = ['north-2', 'south-1'] }: Case, expected: readonly string[]) => {
    const members = NODES.map((node) => aRecord(node));
    t.deepEqual(fenceFacts(fencesOf({ members }, aState(state), aBallot('freeze', ballot), frozen)), expected);
  },
  title: (name) => `a promotion says ${name}`,
});

const byLease = ['lease north-1', 'promises north-2 south-1'];

test('that the lease, the promises and the acker are out', says, {}, [...byLease, 'ackers north-2']);
test('that there was a receipt, for which nobody waits', says, { ballot: { receipt: aReceipt() } }, [
  'receipt north-1',
  'ackers north-2',
]);
test('nothing of an acker that is not frozen', says, { frozen: ['south-1'] }, ['lease north-1', 'promises south-1']);
test('nothing of an acker that has not proved itself', says, { state: { unacknowledgedAtProof: null } }, byLease);
test(
  'nothing of an acker that was restarted since',
  says,
  { state: { ackers: [anAcker('north-2', { invocation: 'north-2#0' })] } },
  byLease,
);
test('nothing of promises that gave no right', says, { state: { electable: [], ackers: [] } }, ['lease north-1']);
test('that the former primary itself takes part', says, { frozen: ['north-1'] }, ['lease north-1', 'itself north-1']);

test('people read it as a sentence', (t) => {
  t.is(
    fencesInWords([
      { by: 'lease', nodes: ['north-1'] },
      { by: 'ackers', nodes: ['north-2'] },
    ]),
    'the lease of north-1 is over, north-2, which acknowledged its commits, is frozen',
  );
});
