/** A whole rebuild, and everything that may come between: refusals, failures, a cancellation, a ballot, and a kill at any step. */
import { PassThrough } from 'node:stream';
import test from 'ava';
import { FAILURES_MAX } from '../../../src/core/database/rebuild-steps.ts';
import { anAcker } from '../../core/database/a-database.ts';
import { putState } from './a-database.ts';
import { REBUILT, RebuildWorld } from './a-rebuild-world.ts';
import { never } from './a-store.ts';

const WHOLE = ['open', 'unpack', 'prepare', 'stop', 'swap', 'start former', 'position 0-101-50', 'adopt'];

test('a quarantined server gets a copy, follows, and its old data is kept', async (t) => {
  const world = new RebuildWorld();
  world.order();
  await world.run();
  t.deepEqual(world.calls, WHOLE);
  t.like(world.ordered, { phase: 'done', bytes: 100, totalBytes: 100 });
  t.regex(world.ordered.detail, /kept in \/data\.old.*--discard-old/);
  t.is(world.journal, undefined);
  t.true(world.aside);
  t.is(world.duty.hold, undefined);
  t.deepEqual(world.told.names, ['database:member:rebuilding', 'database:member:rebuilt']);
  t.like(world.told.events[1]?.facts, { bytes: 100, from: 'south-1', position: '0-101-50' });
});

test('old data is removed when that was ordered, after the new one follows', async (t) => {
  const world = new RebuildWorld();
  world.order({ discardsOld: true });
  await world.run();
  t.deepEqual(world.calls, [...WHOLE, 'discard old']);
  t.false(world.aside);
  t.is(world.told.names.at(-1), 'database:rebuild:discarded');
});

test('old data that was removed is told once, however long the store cannot be told', async (t) => {
  const world = new RebuildWorld();
  world.order({ discardsOld: true });
  await world.run(() => world.journal?.ended === 'done');
  world.stored.cluster.loseLeader();
  for (let round = 0; round < 5; round++) {
    const tick = world.duty.tick(never);
    await world.stored.time.advance(2_000);
    await tick;
  }
  t.false(world.aside);
  t.is(world.journal?.ended, 'done');
  world.stored.cluster.electLeader();
  await world.run();
  t.is(world.ordered.phase, 'done');
  t.is(world.told.names.filter((name) => name === 'database:rebuild:discarded').length, 1);
});

test('without an order nothing is looked at and nothing is written', async (t) => {
  const world = new RebuildWorld();
  const before = world.stored.revision;
  t.is(await world.duty.tick(never), undefined);
  t.is(world.stored.revision, before);
  t.is(world.duty.hold, undefined);
});

test('a check says what it found and touches nothing', async (t) => {
  const world = new RebuildWorld();
  world.order({ kind: 'check' });
  await world.run();
  t.deepEqual(world.calls, []);
  t.like(world.ordered, { phase: 'done', totalBytes: 100 });
});

const refused = test.macro({
  exec: async (t, spoil: (world: RebuildWorld) => void, why: RegExp) => {
    const world = new RebuildWorld();
    world.order();
    spoil(world);
    await world.run();
    t.deepEqual(world.calls, []);
    t.is(world.ordered.phase, 'refused');
    t.regex(world.ordered.detail, why);
    t.deepEqual(world.told.names, ['database:rebuild:refused']);
    t.is(world.journal, undefined);
  },
  title: (name) => `refused: ${name}`,
});
test(
  'no room',
  refused,
  (world) => {
    world.free = 1_000;
  },
  /bytes are needed/,
);
test(
  'not exported yet',
  refused,
  (world) => {
    world.isExported = false;
  },
  /not exported/,
);
test('of another term', refused, (world) => putState(world.stored, world.state({ term: 5n })), /term 4/);
test(
  'it acknowledges',
  refused,
  (world) => putState(world.stored, world.state({ ackers: [anAcker(REBUILT)] })),
  /commits wait/,
);
test('the source is quarantined', refused, (world) => world.member('south-1', { quarantined: true }), /does not have/);
test(
  'old data of an earlier one',
  refused,
  (world) => {
    world.aside = true;
  },
  /earlier rebuild/,
);

test('what only it has may stay unexported if the operator says so', async (t) => {
  const world = new RebuildWorld();
  world.isExported = false;
  world.order({ isForced: true });
  await world.run();
  t.is(world.ordered.phase, 'done');
});

for (let step = 1; step <= 40; step++) {
  test(`killed after round ${step} it goes on and ends well`, async (t) => {
    const world = new RebuildWorld();
    world.order();
    for (let round = 0; round < step; round++) {
      await world.duty.tick(never);
      await world.stored.time.advance(200);
    }
    world.restart();
    await world.run();
    t.is(world.ordered.phase, 'done');
    t.is(world.journal, undefined);
    t.deepEqual(world.data, { id: 'o1', state: 'prepared' });
  });
}

for (const step of ['unpack', 'prepare', 'stop', 'swap', 'start', 'position']) {
  test(`when ${step} fails for good, everything is as it was`, async (t) => {
    const world = new RebuildWorld();
    world.failing.add(step);
    world.order();
    await world.run(() => world.told.names.includes('database:rebuild:turned'));
    world.failing.clear();
    await world.run();
    t.is(world.calls.filter((call) => call.startsWith(step)).length >= FAILURES_MAX, true);
    t.like(world.ordered, { phase: 'undone' });
    t.regex(world.ordered.detail, new RegExp(`${step} went wrong`));
    t.deepEqual([world.data, world.incoming, world.aside, world.journal], ['old', undefined, false, undefined]);
    t.is(world.duty.hold, undefined);
  });
}

test('a failure that passes is only a delay', async (t) => {
  const world = new RebuildWorld();
  world.failing.add('prepare');
  world.order();
  await world.run(() => world.calls.includes('prepare'));
  world.failing.clear();
  await world.run();
  t.is(world.ordered.phase, 'done');
});

test('a cancellation ends the copying and is obeyed', async (t) => {
  const world = new RebuildWorld();
  const held = new PassThrough();
  world.body = () => held;
  world.order();
  await world.run(() => world.calls.includes('open'));
  world.cancel();
  await world.run();
  t.true(held.destroyed);
  t.like(world.ordered, { phase: 'undone', isCancelled: true });
  t.deepEqual([world.data, world.incoming], ['old', undefined]);
  t.false(world.calls.includes('stop'));
});

test('a ballot after the exchange moves the old data back', async (t) => {
  const world = new RebuildWorld();
  world.follows = false;
  world.order();
  await world.run(() => world.duty.hold === 'joining');
  putState(world.stored, world.state({ term: 5n }));
  await world.run();
  t.like(world.ordered, { phase: 'undone' });
  t.regex(world.ordered.detail, /the term changed from 4 to 5/);
  t.deepEqual([world.data, world.aside], ['old', false]);
  t.deepEqual(world.told.names.slice(-2), ['database:rebuild:turned', 'database:rebuild:undone']);
});

test("the server is the rebuild's from the ready copy on, and may join when it has its position", async (t) => {
  const world = new RebuildWorld();
  world.follows = false;
  world.order();
  const holds: (string | undefined)[] = [];
  await world.run(() => {
    if (holds.at(-1) !== world.duty.hold) holds.push(world.duty.hold);
    return world.duty.hold === 'joining';
  });
  t.deepEqual(holds, ['taken', undefined, 'taken', 'joining']);
});

test('while the store is away it stands still', async (t) => {
  const world = new RebuildWorld();
  world.order();
  await world.run(() => world.calls.includes('unpack'));
  world.view.awayMs = 5_000;
  await world.run(() => world.calls.length > 30);
  t.false(world.calls.includes('stop'));
  world.view.awayMs = 0;
  await world.run();
  t.is(world.ordered.phase, 'done');
});

test('progress is written every two seconds at most', async (t) => {
  const world = new RebuildWorld();
  const held = new PassThrough();
  world.body = () => held;
  world.order();
  await world.run(() => world.calls.includes('open'));
  const before = world.stored.revision;
  for (let round = 0; round < 20; round++) {
    held.write(Buffer.alloc(10));
    await world.duty.tick(never);
    await world.stored.time.advance(500);
  }
  t.true(world.stored.revision - before <= 5n);
  t.true(world.ordered.bytes > 0);
  held.end();
  await world.run();
  t.is(world.ordered.phase, 'done');
});

test('kept data is discarded by an order of its own', async (t) => {
  const world = new RebuildWorld();
  world.order();
  await world.run();
  world.follows = true;
  world.order({ id: 'o2', kind: 'discard' });
  await world.run();
  t.is(world.ordered.phase, 'refused', 'a server that does not follow may still need it');
  t.true(world.aside);
});
