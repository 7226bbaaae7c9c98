/** When a cache is too small, and when it only looks like it. */
import test from 'ava';
import { type CacheCounters, thrashing } from '../../src/core/memcached-pressure.ts';

const before: CacheCounters = { hits: 9_000, misses: 1_000, touchMisses: 7, evictions: 50, maxBytes: 67_108_864 };
const busy = { hits: 1_000, misses: 2_000, touchMisses: 5, evictions: 300 };

const after = (more: Partial<CacheCounters>): CacheCounters => ({
  ...before,
  hits: before.hits + (more.hits ?? 0),
  misses: before.misses + (more.misses ?? 0),
  touchMisses: before.touchMisses + (more.touchMisses ?? 0),
  evictions: before.evictions + (more.evictions ?? 0),
});

test('one that throws away and misses is named with its numbers and the remedy', (t) => {
  t.is(
    thrashing(before, after(busy), 30_000),
    'MemcachedThrashing: in 30 s it threw 300 items away and missed 67 % of 3000 reads and 5 touches: tokens are ' +
      'validated at Keystone again and again; give it more than its 64 MB (-m in /etc/memcached.conf)',
  );
});

const well = test.macro((t, more: Partial<CacheCounters>) => {
  t.is(thrashing(before, after(more), 30_000), undefined);
});

test('one that misses what it was never given is well', well, { ...busy, evictions: 0 });
test('one that throws away what nobody reads again is well', well, { ...busy, hits: 9_000 });
test('a few reads say nothing', well, { hits: 9, misses: 90, evictions: 5 });
test('one that was restarted has counted from zero', well, { ...busy, hits: -9_000 });
