import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { newTrail, startedTrail, type Trail } from './trail.ts';

test('events reach the store in the order in which they were recorded, each written once', async (t) => {
  const trail = await startedTrail(t);
  await trail.record(120);
  await trail.shipped();
  t.deepEqual(trail.stored(), { messages: trail.recorded, isEachWrittenOnce: true });
});

test('events that come within a moment are one write', async (t) => {
  const trail = await startedTrail(t, { lingerMs: 100 });
  await trail.record(1);
  await trail.time.advance(99);
  await trail.record(2);
  t.deepEqual(trail.stored().messages, []);
  const before = trail.cluster.state.revision;
  await trail.time.advance(1);
  await trail.shipped();
  t.deepEqual(trail.stored().messages, trail.recorded);
  t.is(trail.cluster.state.revision, before + 1n);
});

test('a node with nothing to ship sets no timer and writes nothing', async (t) => {
  const trail = await startedTrail(t);
  await trail.record(3);
  await trail.shipped();
  const { revision } = trail.cluster.state;
  await trail.time.advance(3_600_000);
  t.is(trail.cluster.state.revision, revision);
  t.is(trail.time.pending, 0);
});

test('events recorded while the store is away are shipped when it is back', async (t) => {
  const trail = await startedTrail(t);
  trail.cluster.loseLeader();
  await trail.record(5);
  await trail.time.advance(600_000);
  t.deepEqual(trail.stored().messages, []);
  trail.cluster.electLeader();
  await trail.time.advance(31_000);
  t.deepEqual(trail.stored().messages, trail.recorded);
});

test('more events than the queue holds are read from the journal', async (t) => {
  const trail = await startedTrail(t, { queueMax: 4, fileBytesMax: 1000 });
  trail.cluster.loseLeader();
  await trail.record(30);
  trail.cluster.electLeader();
  await trail.shipped();
  t.deepEqual(trail.stored(), { messages: trail.recorded, isEachWrittenOnce: true });
  t.deepEqual(trail.problems, []);
});

test('an answer that got lost makes no event appear twice', async (t) => {
  const trail = await startedTrail(t);
  trail.losesAnswers = true;
  await trail.record(3);
  await trail.time.advance(5000);
  await trail.record(2);
  trail.losesAnswers = false;
  await trail.shipped();
  t.deepEqual(trail.stored(), { messages: trail.recorded, isEachWrittenOnce: true });
});

test('a restarted process ships what its predecessor could not', async (t) => {
  const trail = await startedTrail(t);
  trail.cluster.loseLeader();
  await trail.record(3);
  await trail.crash('', undefined);
  trail.cluster.electLeader();
  await trail.start();
  await trail.shipped();
  t.deepEqual(trail.stored().messages, trail.recorded);
});

test('stopping ships what is left within the time it is given', async (t) => {
  const trail = await startedTrail(t);
  trail.cluster.loseLeader();
  await trail.record(3);
  await trail.time.advance(3000);
  trail.cluster.electLeader();
  const stopped = trail.process.shipper.stop(1000);
  await trail.time.advance(0);
  await stopped;
  t.deepEqual(trail.stored().messages, trail.recorded);
  t.is(trail.time.pending, 0);
});

test('stopping with the store away ends at its deadline and leaves no timer', async (t) => {
  const trail = await startedTrail(t);
  trail.cluster.loseLeader();
  await trail.record(3);
  let isStopped = false;
  const stopped = trail.process.shipper.stop(200).then(() => {
    isStopped = true;
  });
  await trail.time.advance(199);
  t.false(isStopped);
  await trail.time.advance(1);
  t.true(isStopped);
  await stopped;
  t.is(trail.time.pending, 0, 'the call that was under way has ended too');
});

test('the trail in the store stays near its bound and keeps the newest', async (t) => {
  const trail = await startedTrail(t, { keptInStore: 20 });
  for (let round = 0; round < 20; round += 1) {
    await trail.record(40);
    await trail.shipped();
  }
  const { messages } = trail.stored();
  t.true(messages.length < 200, `${messages.length} events are kept`);
  t.deepEqual(messages, trail.recorded.slice(-messages.length));
});

type Step =
  | { readonly kind: 'record'; readonly count: number }
  | { readonly kind: 'away' | 'back' | 'deaf' | 'heard' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'crash'; readonly tail: string; readonly cursor: number | undefined };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('record' as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('away', 'back', 'deaf', 'heard') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      tail: fc.constantFrom('', '{"format":1,"event":{"id":"17', '{'),
      cursor: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    }),
  },
);

async function run(trail: Trail, each: Step): Promise<void> {
  switch (each.kind) {
    case 'record':
      return trail.record(each.count);
    case 'away':
      return trail.cluster.loseLeader();
    case 'back':
      return trail.cluster.electLeader();
    case 'deaf':
    case 'heard':
      trail.losesAnswers = each.kind === 'deaf';
      return;
    case 'wait':
      return trail.time.advance(each.ms);
    case 'crash':
      await trail.crash(each.tail, each.cursor);
      return trail.start();
  }
}

const everyEventOnce = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
  const trail = await newTrail({ queueMax: 6, fileBytesMax: 1500 });
  try {
    await trail.start();
    for (const each of steps) await run(trail, each);
    trail.losesAnswers = false;
    trail.cluster.electLeader();
    await trail.shipped();
    assert.deepEqual(trail.stored(), { messages: trail.recorded, isEachWrittenOnce: true });
  } finally {
    await trail.end();
  }
});

/** A failure names the seed that replays it. */
const SCHEDULES = [
  ['the same each time', { seed: 1 }],
  ['others each time', {}],
] as const;
for (const [which, seed] of SCHEDULES) {
  test(`whatever outages and crashes come in whatever order (${which}), every event is in the store once`, async (t) => {
    await t.notThrowsAsync(fc.assert(everyEventOnce, { ...seed, numRuns: 25, includeErrorInReport: true }));
  });
}
