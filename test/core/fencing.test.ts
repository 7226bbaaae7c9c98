import test from 'ava';
import { judgeWrite, mayAct, type Right } from '../../src/core/fencing.ts';
import { instant } from '../../src/core/time.ts';

const RIGHT: Right = { epoch: 2n ** 60n, deadline: instant(5_000) };

interface Row {
  readonly name: string;
  readonly right?: Right;
  readonly seen: bigint;
  readonly atMs: number;
  readonly refused?: 'NoLease' | 'StaleEpoch' | 'DeadlinePassed';
}

const act = test.macro({
  title: (_, row: Row) => row.name,
  exec: (t, row: Row) => {
    const answer = mayAct(row.right, row.seen, instant(row.atMs));
    t.is(answer.ok ? undefined : answer.refused, row.refused);
  },
});
test(act, { name: 'a holder acts before its deadline', right: RIGHT, seen: RIGHT.epoch, atMs: 4_999 });
test(act, {
  name: 'at its deadline it does not',
  right: RIGHT,
  seen: RIGHT.epoch,
  atMs: 5_000,
  refused: 'DeadlinePassed',
});
test(act, { name: 'who holds nothing does not act', seen: 0n, atMs: 0, refused: 'NoLease' });
test(act, {
  name: 'who has been succeeded does not act',
  right: RIGHT,
  seen: RIGHT.epoch + 1n,
  atMs: 0,
  refused: 'StaleEpoch',
});

test('a write of an earlier epoch is stale, of a later one newer', (t) => {
  t.is(judgeWrite(2n ** 60n - 1n, 2n ** 60n), 'stale');
  t.is(judgeWrite(2n ** 60n, 2n ** 60n), 'repeated');
  t.is(judgeWrite(2n ** 60n + 1n, 2n ** 60n), 'newer');
});
