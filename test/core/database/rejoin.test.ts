/** Whether a server may join: compared with the first promotion after the last term in which it was of the line. */
import test from 'ava';
import { errantSince } from '../../../src/core/database/rejoin.ts';
import type { PromotionRecord } from '../../../src/core/database/state.ts';
import { aPromotion } from './a-database.ts';

/**
 * Server 101 was the primary of term 1 up to its write 45, of which 44 and 45 were acknowledged by nobody. Server 201 was
 * promoted with 43 and wrote up to 146; 101 lost its tail when it was started, followed, was promoted in term 3, and has
 * written from 147 on.
 */
const story: readonly PromotionRecord[] = [
  aPromotion('north-1', { term: 3n, serverId: 101, binlogState: '0-101-43,0-201-146', slavePos: '0-201-146' }),
  aPromotion('south-1', { term: 2n, serverId: 201, binlogState: '0-101-43', slavePos: '0-101-43', binlogPos: '' }),
];

const errant = test.macro(
  (t, binlogState: string, followedTerm: bigint | null, expected: readonly (readonly [number, bigint])[]) => {
    const found = errantSince({ binlogState, serverId: 102 }, story, followedTerm);
    t.deepEqual(
      found.map(({ serverId, seq }) => [serverId, seq] as const),
      expected,
    );
  },
);

test('a copy of what the primary of today lost itself is found', errant, '0-101-45', 1n, [[101, 45n]]);
test('also when today it writes the same numbers again', errant, '0-101-45,0-102-7', 1n, [[101, 45n]]);
test('nothing beyond is clean', errant, '0-101-43', 1n, []);
test('what the second line wrote is of it', errant, '0-101-43,0-201-146', 2n, []);
test('and beyond it is not', errant, '0-101-43,0-201-147', 2n, [[201, 147n]]);
test('of the line of today, everything is right', errant, '0-101-200,0-201-146', 3n, []);
test('without a note the writes of the primary of today are not judged', errant, '0-101-45,0-201-146', null, []);
test('without a note those of others are', errant, '0-101-45,0-201-147', null, [[201, 147n]]);

test('what the first promotion kept and the next one lost is found', (t) => {
  const lossy = [
    aPromotion('south-1', { term: 3n, serverId: 201, binlogState: '0-101-43', slavePos: '0-101-43', binlogPos: '' }),
    aPromotion('north-2', { term: 2n, serverId: 102, binlogState: '0-101-45', slavePos: '0-101-45', binlogPos: '' }),
  ];
  const [found] = errantSince({ binlogState: '0-101-45', serverId: 101 }, lossy, 1n);
  t.like(found, { serverId: 101, seq: 45n, knownSeq: 43n });
});
test('without a promotion there is nothing to compare', (t) => {
  t.deepEqual(errantSince({ binlogState: '0-101-45', serverId: 102 }, [], 1n), []);
});
test('the promoted server itself is not compared without a note', (t) => {
  t.deepEqual(errantSince({ binlogState: '0-101-45,0-201-147', serverId: 101 }, story, null), []);
});
