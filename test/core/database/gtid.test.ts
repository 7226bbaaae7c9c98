import test from 'ava';
import {
  type Comparison,
  compareReceived,
  contains,
  errantAgainst,
  errantInAny,
  formatGtid,
  lastPerDomain,
  mergePositions,
  parseGtids,
} from '../../../src/core/database/gtid.ts';

test('a position is read domain by domain, with 64-bit numbers', (t) => {
  t.deepEqual(parseGtids('0-103-57,1-104-18446744073709551615'), [
    { domain: 0, serverId: 103, seq: 57n },
    { domain: 1, serverId: 104, seq: 18446744073709551615n },
  ]);
  t.deepEqual(parseGtids(''), []);
  t.deepEqual(parseGtids(' 0-1-2 ,\n1-1-3'), [
    { domain: 0, serverId: 1, seq: 2n },
    { domain: 1, serverId: 1, seq: 3n },
  ]);
  t.is(formatGtid({ domain: 0, serverId: 103, seq: 57n }), '0-103-57');
});

const refused = test.macro({
  exec: (t, text: string) => void t.throws(() => parseGtids(text), { message: /not a GTID/ }),
  title: (_, text) => `${JSON.stringify(text)} is refused, not guessed`,
});
for (const text of ['0-1', '0-1-2-3', '0-1-x', '-1-2-3', '0-1-2,', 'abc', '0-1-2;DROP']) test(refused, text);

test('of a binlog state the highest number of a domain is its last transaction', (t) => {
  t.deepEqual([...lastPerDomain('0-102-80,0-101-57,1-5-3').values()].map(formatGtid), ['0-102-80', '1-5-3']);
});

const standing = test.macro({
  exec: (t, a: string, b: string, expected: Comparison) => {
    const mirrored: Record<Comparison, Comparison> = {
      same: 'same',
      ahead: 'behind',
      behind: 'ahead',
      diverged: 'diverged',
    };
    t.is(compareReceived(a, b), expected);
    t.is(compareReceived(b, a), mirrored[expected]);
    t.is(contains(a, b), expected === 'same' || expected === 'ahead');
    t.is(contains(b, a), expected === 'same' || expected === 'behind');
  },
  title: (_, a, b, expected) => `"${a}" against "${b}" is ${expected}`,
});
test(standing, '', '', 'same');
test(standing, '0-1-5', '0-1-5', 'same');
test(standing, '0-1-9', '0-1-5', 'ahead');
test(standing, '0-1-10', '0-1-9', 'ahead');
test(standing, '0-1-5', '', 'ahead');
test(standing, '0-2-9', '0-1-5', 'ahead');
test(standing, '0-1-5', '0-2-5', 'diverged');
test(standing, '0-1-5,1-1-1', '0-1-4,1-1-2', 'diverged');
test(standing, '0-1-5,1-1-1', '0-1-5', 'ahead');
test(standing, '0-1-5', '1-1-5', 'diverged');
test(standing, '0-1-9223372036854775808', '0-1-9223372036854775807', 'ahead');

test('two positions merge to the greater of each domain', (t) => {
  t.is(mergePositions('1-1-1,0-1-5', '0-2-7,2-1-1'), '0-2-7,1-1-1,2-1-1');
  t.is(mergePositions('', ''), '');
  t.is(mergePositions('0-1-5', '0-2-5'), '0-1-5');
});

interface Case {
  readonly name: string;
  readonly own: string;
  readonly slavePos: string;
  readonly binlogPos?: string;
  readonly binlogState?: string;
  readonly promotedServerId?: number;
  readonly beyond: readonly string[];
}

const errant = test.macro({
  exec: (t, { own, slavePos, binlogPos, binlogState, promotedServerId, beyond }: Case) => {
    const promoted = { slavePos, binlogPos: binlogPos ?? slavePos, binlogState: binlogState ?? slavePos };
    const found = errantAgainst(own, 101, promoted, promotedServerId);
    t.deepEqual(
      found.map((gtid) => `${formatGtid(gtid)}>${gtid.knownSeq}`),
      beyond,
    );
  },
  title: (_, row: Case) => row.name,
});

const cases: readonly Case[] = [
  {
    name: 'a former primary whose last write was promoted is clean',
    own: '0-101-57',
    slavePos: '0-101-57',
    beyond: [],
  },
  {
    name: 'a former primary with a later write is errant',
    own: '0-101-58',
    slavePos: '0-101-57',
    beyond: ['0-101-58>57'],
  },
  {
    name: 'a number that the new primary has used itself does not hide an errant write',
    own: '0-101-60',
    slavePos: '0-101-57',
    binlogPos: '0-102-90',
    binlogState: '0-101-57,0-102-90',
    beyond: ['0-101-60>57'],
  },
  {
    name: 'a second promotion in between does not hide an errant write',
    own: '0-101-60',
    slavePos: '0-102-80',
    binlogState: '0-101-57,0-102-80',
    beyond: ['0-101-60>57'],
  },
  {
    name: 'what it replicated from the new primary is not errant',
    own: '0-101-57,0-102-99',
    slavePos: '0-101-57',
    beyond: [],
  },
  {
    name: 'writes of a third server are not judged without knowing who was promoted',
    own: '0-103-60',
    slavePos: '0-103-57',
    beyond: [],
  },
  {
    name: 'a replica that was ahead of the promoted server is errant',
    own: '0-103-60,0-102-70',
    slavePos: '0-103-57',
    promotedServerId: 102,
    beyond: ['0-103-60>57'],
  },
  {
    name: 'an origin that the promoted server never logged is compared with the position of its domain',
    own: '0-101-60',
    slavePos: '0-104-59',
    binlogState: '',
    beyond: ['0-101-60>59'],
  },
  {
    name: 'a domain that the promoted server does not know is errant',
    own: '7-101-1',
    slavePos: '0-101-57',
    beyond: ['7-101-1>0'],
  },
  { name: 'a server without any write is clean', own: '', slavePos: '0-101-57', beyond: [] },
];
for (const row of cases) test(errant, row);

const at = (serverId: number, binlogState: string) => {
  const slavePos = `0-${serverId}-${Math.max(...parseGtids(binlogState).map(({ seq }) => Number(seq)))}`;
  return { serverId, slavePos, binlogPos: slavePos, binlogState };
};
const since = test.macro({
  exec: (t, own: string, promotions: readonly ReturnType<typeof at>[], beyond: readonly string[]) => {
    t.deepEqual(errantInAny(own, promotions).map(formatGtid), beyond);
  },
  title: (name) => `over several promotions ${name}`,
});
test(
  'a write that an earlier one lost stays errant',
  since,
  '0-101-94',
  [at(103, '0-103-247'), at(103, '0-103-93')],
  ['0-101-94'],
);
test(
  'a lost write that was replicated is errant on the replica too',
  since,
  '0-101-39,0-104-31',
  [at(103, '0-102-136,0-104-31'), at(102, '0-104-31')],
  ['0-101-39'],
);
test(
  'a server that was promoted since may have written more',
  since,
  '0-101-90,0-102-120',
  [at(102, '0-101-90'), at(101, '0-103-50')],
  [],
);
test('nobody is errant without one', since, '0-101-94', [], []);
