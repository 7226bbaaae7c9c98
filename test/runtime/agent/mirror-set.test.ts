/** Several mirrored prefixes as one view. */
import test from 'ava';
import { joined, MirrorSet } from '../../../src/runtime/agent/mirror-set.ts';
import { StoreUnavailable } from '../../../src/store/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import { AStore, AView } from '../duty/a-store.ts';
import { fixedRandom } from '../fake-time.ts';

const A = '/regent/v1/desired/vip/a';
const B = '/regent/v1/accepted/b';
const OTHER = '/regent/v1/nodes/c';

async function mirroring(loses?: 'requests') {
  const stored = new AStore();
  for (const key of [A, B, OTHER]) stored.put(key, 'one');
  const woken = { times: 0 };
  const deps = {
    store: stored.store,
    clock: stored.time,
    timers: stored.time,
    random: fixedRandom(0.5),
    onWake: () => {
      woken.times += 1;
    },
    onProblem: () => {},
  };
  const set = new MirrorSet(deps, ['/regent/v1/desired/', '/regent/v1/accepted/']);
  stored.loses = loses;
  set.start();
  await stored.time.advance(10);
  return { stored, set, woken };
}
const keys = (view: Pick<MirrorSet, 'entries'>) => [...view.entries()].map((entry) => entry.key);

test('it holds what stands below its prefixes, and nothing else', async (t) => {
  const { set, stored } = await mirroring();
  t.deepEqual(keys(set), [A, B]);
  t.is(set.awayForMs(), 0);
  t.is(set.revision, stored.revision);
});

test('a change below any prefix wakes and is seen', async (t) => {
  const { stored, set, woken } = await mirroring();
  const before = woken.times;
  stored.put(B, 'two');
  await stored.time.advance(10);
  t.is(woken.times, before + 1);
  t.is([...set.entries()].find((entry) => entry.key === B)?.value, 'two');
  stored.delete(A);
  await stored.time.advance(10);
  t.deepEqual(keys(set), [B]);
});

test('its revision is that of the part that is behind', async (t) => {
  const { stored, set } = await mirroring();
  const before = set.revision;
  stored.put(A, 'two');
  await stored.time.advance(10);
  t.is(set.revision, before);
});

test('before the first reading it is away and has seen nothing', async (t) => {
  const { set, stored } = await mirroring('requests');
  t.is(set.revision, 0n);
  t.is(set.awayForMs(), 10);
  await stored.time.advance(500);
  t.is(set.awayForMs(), 510);
});

test('a store that does not answer makes it away, and one that answers again fresh', async (t) => {
  const { stored, set } = await mirroring();
  stored.loses = 'requests';
  await stored.time.advance(25_000);
  t.true(set.awayForMs() > 0);
  stored.loses = undefined;
  await stored.time.advance(5_000);
  t.is(set.awayForMs(), 0);
});

test('one part that cannot be read makes all of it away', async (t) => {
  const stored = new AStore();
  const { time } = stored;
  const store: Store = Object.assign(stored.client(), {
    list: async (prefix: string) => {
      if (prefix.includes('accepted')) throw new StoreUnavailable('no answer');
      return stored.store.list(prefix);
    },
  });
  const deps = { store, clock: time, timers: time, random: fixedRandom(0.5), onWake: () => {}, onProblem: () => {} };
  const set = new MirrorSet(deps, ['/regent/v1/desired/', '/regent/v1/accepted/']);
  set.start();
  await time.advance(50);
  t.is(set.awayForMs(), 50);
  await set.stop();
});

test('it was read when the part was that was read longest ago, and is read again when it is doubted', async (t) => {
  const { stored, set } = await mirroring();
  const first = set.readAt;
  t.true(first !== undefined && first <= stored.time.nowMs());
  await stored.time.advance(100);
  t.is(set.readAt, first);
  set.refresh();
  await stored.time.advance(10);
  t.true(first !== undefined && (set.readAt ?? 0) > first);
  await set.stop();
  t.is((await mirroring('requests')).set.readAt, undefined);
});

test('a set that was stopped follows nothing', async (t) => {
  const { stored, set, woken } = await mirroring();
  await set.stop();
  const before = woken.times;
  stored.put(A, 'two');
  await stored.time.advance(60_000);
  t.is(woken.times, before);
  t.is(stored.time.pending, 0);
});

test('joined views show all their entries and are as fresh as the stalest', (t) => {
  const one = new AView(new AStore());
  const stored = new AStore();
  stored.put(A, 'one');
  const other = new AView(stored);
  const both = joined(one, other);
  t.deepEqual(keys(both), [A]);
  t.is(both.awayForMs(), 0);
  one.awayMs = 5;
  other.awayMs = 3;
  t.is(both.awayForMs(), 5);
  t.is(joined().awayForMs(), 0);
});
