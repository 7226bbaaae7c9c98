import test from 'ava';
import type { JournalLine } from '../../src/audit/journal-files.ts';
import { Recorder } from '../../src/audit/recorder.ts';
import { FakeTime, settle } from '../runtime/fake-time.ts';
import { madeEvent } from './events.ts';

interface Append {
  readonly line: JournalLine;
  readonly done: PromiseWithResolvers<void>;
}

function setUp() {
  const time = new FakeTime();
  const appends: Append[] = [];
  const seen: string[] = [];
  let counter = 0;
  const recorder = new Recorder({
    node: 'north-1',
    region: 'north',
    wallMs: time.wallMs,
    timers: time,
    journal: {
      takeCounter: () => {
        counter += 1;
        return counter;
      },
      append: (line) => {
        const done = Promise.withResolvers<void>();
        appends.push({ line, done });
        return done.promise;
      },
    },
    shipper: { offer: (line, isJournaled) => void seen.push(`store ${line.counter} ${isJournaled}`) },
    onRecorded: (event, isJournaled) => void seen.push(`log ${event.message} ${isJournaled}`),
  });
  return { time, appends, seen, recorder };
}

test('an event is on the disk before the log and the store see it', async (t) => {
  const { appends, seen, recorder } = setUp();
  const recorded = recorder.record(madeEvent({ message: 'a' }));
  await settle();
  t.deepEqual(seen, []);
  appends[0]?.done.resolve();
  const event = await recorded;
  t.deepEqual(seen, ['log a true', 'store 1 true']);
  t.like(event, { node: 'north-1', region: 'north', severity: 'warning', id: '1700000001000-north-1-000000001' });
  t.is(appends[0]?.line.id, event.id);
});

test('a disk that refuses costs the journal only, and the log says so', async (t) => {
  const { appends, seen, recorder } = setUp();
  const recorded = recorder.record(madeEvent({ message: 'a' }));
  appends[0]?.done.reject(new Error('no space'));
  await recorded;
  t.deepEqual(seen, ['log a false', 'store 1 false']);
});

test('a disk that hangs delays an event by two seconds and no more', async (t) => {
  const { time, seen, recorder } = setUp();
  const recorded = recorder.record(madeEvent({ message: 'a' }));
  await time.advance(1999);
  t.deepEqual(seen, []);
  await time.advance(1);
  await recorded;
  t.deepEqual(seen, ['log a false', 'store 1 false']);
  t.is(time.pending, 0);
});

test('log and store see events in the order of recording, even if the disk answers out of order', async (t) => {
  const { appends, seen, recorder } = setUp();
  const both = Promise.all(['a', 'b'].map((message) => recorder.record(madeEvent({ message }))));
  appends[1]?.done.reject(new Error('too many wait'));
  await settle();
  t.deepEqual(seen, []);
  appends[0]?.done.resolve();
  await both;
  t.deepEqual(seen, ['log a true', 'store 1 true', 'log b false', 'store 2 false']);
});

test('an event too large for a store is shortened and says by how much', async (t) => {
  const { appends, recorder } = setUp();
  const recorded = recorder.record(madeEvent({ message: 'm'.repeat(50_000), facts: { big: 'f'.repeat(50_000) } }));
  appends[0]?.done.resolve();
  const event = await recorded;
  t.true((appends[0]?.line.text.length ?? 0) < 8000);
  t.true(Number(event.facts?.shortenedFromCharacters) > 100_000);
});

test('flushing waits for what was recorded without being awaited', async (t) => {
  const { appends, seen, recorder } = setUp();
  void recorder.record(madeEvent({ message: 'a' }));
  const flushed = recorder.flush();
  t.deepEqual(seen, []);
  appends[0]?.done.resolve();
  await flushed;
  t.deepEqual(seen, ['log a true', 'store 1 true']);
});
