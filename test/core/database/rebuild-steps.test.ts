/** A rebuild, step by step: forward while it may, back when it may not, and from every state of the disk there is a way. */
import test from 'ava';
import type { RebuildOrder } from '../../../src/core/database/rebuild-order.ts';
import {
  type DiskLook,
  nextRebuildAction,
  type RebuildAction,
  type RebuildFacts,
  type RebuildJournal,
  rebuildHold,
} from '../../../src/core/database/rebuild-steps.ts';

const order: RebuildOrder = {
  id: 'o1',
  node: 'north-3',
  from: 'south-1',
  kind: 'rebuild',
  term: 4n,
  isForced: false,
  discardsOld: false,
  isCancelled: false,
  orderedBy: 'ada',
  orderedAtMs: 1,
  phase: 'ordered',
  bytes: 0,
  totalBytes: null,
  detail: '',
  changedAtMs: 1,
};
const begun: RebuildJournal = {
  id: 'o1',
  from: 'south-1',
  term: 4n,
  discardsOld: false,
  turnedBack: null,
  failures: 0,
  bytes: 0,
  startedAtMs: 1,
  position: null,
  isPositioned: false,
  ended: null,
};
const prepared = { ...begun, position: '0-101-50' };
const positioned = { ...prepared, isPositioned: true };
const turned = { ...prepared, turnedBack: 'it was cancelled' };
const untouched: DiskLook = { data: 'own', incoming: 'none', aside: false };
const copied: DiskLook = { data: 'own', incoming: 'prepared', aside: false };
const halfWay: DiskLook = { data: 'none', incoming: 'prepared', aside: true };
const swapped: DiskLook = { data: 'new', incoming: 'none', aside: true };

function facts(difference: Partial<RebuildFacts> = {}): RebuildFacts {
  return {
    order: difference.journal === undefined ? order : { ...order, phase: 'receive' },
    journal: undefined,
    disk: untouched,
    isStoreAway: false,
    term: 4n,
    obstacles: [],
    isServerRunning: true,
    isFollowing: false,
    joiningForMs: 0,
    isNoted: true,
    ...difference,
  };
}
const next = test.macro((t, difference: Partial<RebuildFacts>, expected: Partial<RebuildAction>) => {
  t.like(nextRebuildAction(facts(difference)), expected);
});
const down = { isServerRunning: false } as const;

// The order.
test('no order: nothing', next, { order: undefined }, { kind: 'none' });
test('an order is begun', next, {}, { kind: 'begin' });
test('an order that has ended is left alone', next, { order: { ...order, phase: 'undone' } }, { kind: 'none' });
test('nothing is begun while the store is away', next, { isStoreAway: true }, { kind: 'none' });
test('an order of another term is refused', next, { term: 5n }, { kind: 'refuse' });
test(
  'an order that something stands against is refused',
  next,
  { obstacles: ['it is'] },
  { kind: 'refuse', why: 'it is' },
);
test('an order that was cancelled is refused', next, { order: { ...order, isCancelled: true } }, { kind: 'refuse' });
test(
  'old data of an earlier rebuild is not overwritten',
  next,
  { disk: { ...untouched, aside: true } },
  { kind: 'refuse' },
);
test('a check finds out and begins nothing', next, { order: { ...order, kind: 'check' } }, { kind: 'check' });
const discard = { ...order, kind: 'discard' } as const;
const kept = { ...untouched, aside: true };
test(
  'old data is discarded while the new follows',
  next,
  { order: discard, disk: kept, isFollowing: true },
  { kind: 'discard-old' },
);
test('old data is kept while the new does not follow', next, { order: discard, disk: kept }, { kind: 'refuse' });
test('no old data, nothing to discard', next, { order: discard, isFollowing: true }, { kind: 'refuse' });

// Forward.
test('first the copy', next, { journal: begun }, { kind: 'receive' });
test(
  'a copy that was cut off is made anew',
  next,
  { journal: begun, disk: { ...untouched, incoming: 'partial' } },
  { kind: 'receive' },
);
test(
  'a node without any data is rebuilt, too',
  next,
  { journal: begun, disk: { ...untouched, data: 'none' }, ...down },
  { kind: 'receive' },
);
test(
  'a complete copy is prepared',
  next,
  { journal: begun, disk: { ...untouched, incoming: 'received' } },
  { kind: 'prepare' },
);
test('a copy without its position is made anew', next, { journal: begun, disk: copied }, { kind: 'receive' });
test(
  'the server is stopped only for a copy that is ready',
  next,
  { journal: prepared, disk: copied },
  { kind: 'stop' },
);
test('a stopped server gets its new data', next, { journal: prepared, disk: copied, ...down }, { kind: 'swap' });
test('an exchange that was cut off is finished', next, { journal: prepared, disk: halfWay, ...down }, { kind: 'swap' });
test('the new data is started on', next, { journal: prepared, disk: swapped, ...down }, { kind: 'start' });
test('the new server gets its position', next, { journal: prepared, disk: swapped }, { kind: 'position' });
test('a server with its position is left to join', next, { journal: positioned, disk: swapped }, { kind: 'none' });
test(
  'one that went down while joining is started',
  next,
  { journal: positioned, disk: swapped, ...down },
  { kind: 'start' },
);
test(
  'one that follows has arrived',
  next,
  { journal: positioned, disk: swapped, isFollowing: true },
  { kind: 'finish', outcome: 'done' },
);
test(
  'following before its position was set is no arrival',
  next,
  { journal: prepared, disk: swapped, isFollowing: true },
  { kind: 'position' },
);
test(
  'it stands still while the store is away',
  next,
  { journal: prepared, disk: copied, isStoreAway: true },
  { kind: 'none' },
);

test(
  'one that is done waits until that is noted about the data',
  next,
  { journal: { ...positioned, ended: 'done' }, isNoted: false },
  { kind: 'none' },
);
test(
  'one that has ended only says so',
  next,
  { journal: { ...positioned, ended: 'done' }, term: 9n, order: undefined },
  { kind: 'finish', outcome: 'done' },
);

// Turning back.
const turns = { kind: 'turn-back' } as const;
test('a cancelled one turns back', next, { journal: prepared, order: { ...order, isCancelled: true } }, turns);
test('without its order it turns back', next, { journal: prepared, order: undefined }, turns);
test("another's order is not its own", next, { journal: prepared, order: { ...order, id: 'o2' } }, turns);
test('a ballot in between turns it back', next, { journal: positioned, disk: swapped, term: 5n }, turns);
test('a step that fails again and again turns it back', next, { journal: { ...begun, failures: 3 } }, turns);
test('a step that failed twice is tried again', next, { journal: { ...begun, failures: 2 } }, { kind: 'receive' });
test('what comes into the way turns it back', next, { journal: prepared, disk: copied, obstacles: ['acker'] }, turns);
test(
  'what comes into the way after the exchange does not',
  next,
  { journal: prepared, disk: swapped, obstacles: ['x'] },
  { kind: 'position' },
);
test(
  'one that does not follow in time turns back',
  next,
  { journal: positioned, disk: swapped, joiningForMs: 120_001 },
  turns,
);
test(
  'a lost copy turns back half-way',
  next,
  { journal: prepared, disk: { ...halfWay, incoming: 'none' }, ...down },
  turns,
);

// Back.
test('a new server is stopped first', next, { journal: turned, disk: swapped }, { kind: 'stop' });
test('the old data is moved back', next, { journal: turned, disk: swapped, ...down }, { kind: 'swap-back' });
test('also from half-way', next, { journal: turned, disk: halfWay, ...down }, { kind: 'swap-back' });
test('then the copy goes', next, { journal: turned, disk: copied }, { kind: 'discard-incoming' });
test('then it is undone', next, { journal: turned }, { kind: 'finish', outcome: 'undone' });
test(
  'going back needs no store',
  next,
  { journal: turned, disk: swapped, isStoreAway: true, ...down },
  { kind: 'swap-back' },
);
test(
  'the way back stays the way back',
  next,
  { journal: turned, disk: swapped, isFollowing: true, ...down },
  { kind: 'swap-back' },
);
test(
  'new data that may not join is taken away even without old',
  next,
  { journal: turned, disk: { ...swapped, aside: false }, ...down },
  { kind: 'swap-back' },
);
test(
  'a node without data is undone',
  next,
  { journal: turned, disk: { ...untouched, data: 'none' }, ...down },
  { kind: 'finish', outcome: 'undone' },
);

test('from every state of the disk both ways end', (t) => {
  for (const data of ['own', 'new', 'none'] as const)
    for (const incoming of ['none', 'partial', 'received', 'prepared'] as const)
      for (const aside of [true, false])
        for (const isServerRunning of [true, false])
          for (const journal of [begun, prepared, positioned, turned]) {
            const { kind } = nextRebuildAction(facts({ journal, disk: { data, incoming, aside }, isServerRunning }));
            const isLeftToJoin = journal.isPositioned && data === 'new' && isServerRunning;
            t.is(
              kind === 'none',
              isLeftToJoin,
              `${data} ${incoming} ${aside} ${isServerRunning} ${JSON.stringify(kind)}`,
            );
          }
});

test('the server belongs to the rebuild from the ready copy to the position, and on the way back', (t) => {
  t.is(rebuildHold(undefined, swapped), undefined);
  t.is(rebuildHold(begun, untouched), undefined);
  t.is(rebuildHold(begun, { ...untouched, incoming: 'received' }), undefined);
  t.is(rebuildHold(prepared, copied), 'taken');
  t.is(rebuildHold(prepared, halfWay), 'taken');
  t.is(rebuildHold(prepared, swapped), 'taken');
  t.is(rebuildHold(positioned, swapped), 'joining');
  t.is(rebuildHold({ ...positioned, turnedBack: 'why' }, swapped), 'taken');
  t.is(rebuildHold(turned, copied), undefined);
  t.is(rebuildHold(begun, undefined), 'taken');
  t.is(rebuildHold({ ...positioned, ended: 'done' }, swapped), 'joined');
  t.is(rebuildHold({ ...turned, ended: 'undone' }, untouched), undefined);
});
