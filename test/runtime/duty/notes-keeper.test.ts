/** The notes in memory with the disk behind them. */
import test from 'ava';
import type { MemberNotes } from '../../../src/runtime/duty/member-notes.ts';
import { NotesKeeper } from '../../../src/runtime/duty/notes-keeper.ts';
import { FakeTime } from '../fake-time.ts';

function aDisk(found: MemberNotes = { highestTerm: 5n, quarantinedAt: undefined, followedTerm: undefined }) {
  const disk = { found, reads: 0, writes: 0, isBroken: false };
  const store = {
    read: async () => {
      disk.reads += 1;
      if (disk.isBroken) throw new Error('EIO');
      return disk.found;
    },
    write: async (notes: MemberNotes) => {
      if (disk.isBroken) throw new Error('EIO');
      disk.writes += 1;
      disk.found = notes;
    },
  };
  const time = new FakeTime();
  return { disk, time, keeper: new NotesKeeper(store, time) };
}

test('the disk is read once', async (t) => {
  const { disk, keeper } = aDisk();
  t.is((await keeper.load()).highestTerm, 5n);
  await keeper.load();
  await keeper.sawTerm(5n);
  t.is(disk.reads, 1);
});

test('a disk that could not be read is read again', async (t) => {
  const { disk, keeper } = aDisk();
  disk.isBroken = true;
  await t.throwsAsync(keeper.load());
  disk.isBroken = false;
  t.is((await keeper.load()).highestTerm, 5n);
});

test('a higher term is written, one that is not higher is not', async (t) => {
  const { disk, keeper } = aDisk();
  await keeper.sawTerm(4n);
  await keeper.sawTerm(5n);
  t.is(disk.writes, 0);
  await keeper.sawTerm(6n);
  t.is(disk.writes, 1);
  t.is(disk.found.highestTerm, 6n);
  t.is((await keeper.load()).highestTerm, 6n);
});

test('what could not be written is not believed either', async (t) => {
  const { disk, keeper } = aDisk();
  await keeper.load();
  disk.isBroken = true;
  await t.throwsAsync(keeper.sawTerm(6n));
  t.is((await keeper.load()).highestTerm, 5n);
  disk.isBroken = false;
  await keeper.sawTerm(6n);
  t.is(disk.found.highestTerm, 6n);
});

test('a quarantine is kept with the highest term, and ends when the server is of a line again', async (t) => {
  const { disk, keeper } = aDisk();
  await keeper.quarantine(3n);
  t.deepEqual(disk.found, { highestTerm: 5n, quarantinedAt: 3n, followedTerm: undefined });
  await keeper.sawTerm(6n);
  t.deepEqual(disk.found, { highestTerm: 6n, quarantinedAt: 3n, followedTerm: undefined });
  await keeper.followed(6n);
  t.deepEqual(disk.found, { highestTerm: 6n, quarantinedAt: undefined, followedTerm: 6n });
  const { writes } = disk;
  await keeper.followed(6n);
  t.is(disk.writes, writes);
});

test('the time since the server was started is of this life only', async (t) => {
  const { time, keeper } = aDisk();
  t.is(keeper.lately.startedAgoMs, undefined);
  keeper.startsServer();
  await time.advance(70);
  t.is(keeper.lately.startedAgoMs, 70);
});
