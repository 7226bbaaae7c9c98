/** A lease that exists only while it is needed. */
import test from 'ava';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { StoreUnavailable } from '../../../src/store/errors.ts';
import { AStore } from './a-store.ts';

const TTL_MS = 3000;
const MARGIN_MS = 600;

function aLease() {
  const stored = new AStore();
  const changes = { times: 0 };
  const policy = { ttlMs: TTL_MS, marginMs: MARGIN_MS };
  const lease = new LeaseOnDemand({
    store: stored.store,
    timing: () => policy,
    clock: stored.time,
    timers: stored.time,
    onChange: () => {
      changes.times += 1;
    },
    onProblem: () => {},
  });
  return { stored, lease, changes, policy };
}

test('nothing is asked for before it is needed', async (t) => {
  const { stored, lease } = aLease();
  await stored.time.advance(TTL_MS);
  t.is(stored.cluster.ttlOf('1'), undefined);
  t.is(lease.remainingMs('1'), 0);
});

test('the first acquire is granted a lease, the next ones get the same', async (t) => {
  const { stored, lease, changes } = aLease();
  t.is(await lease.acquire(), '1');
  t.is(await lease.acquire(), '1');
  t.is(lease.remainingMs('1'), TTL_MS - MARGIN_MS);
  t.is(lease.remainingMs('2'), 0, 'another lease is not held');
  t.is(changes.times, 1);
  t.is(stored.cluster.ttlOf('2'), undefined);
});

test('two acquires at once share one lease', async (t) => {
  const { stored, lease } = aLease();
  t.deepEqual(await Promise.all([lease.acquire(), lease.acquire()]), ['1', '1']);
  await stored.time.advance(TTL_MS);
  t.is(stored.cluster.ttlOf('2'), undefined);
});

test("an edited policy's times count from the next lease on", async (t) => {
  const { stored, lease, policy } = aLease();
  await lease.acquire();
  Object.assign(policy, { ttlMs: 10_000, marginMs: 1_000 });
  await stored.time.advance(TTL_MS);
  t.true(lease.remainingMs('1') <= TTL_MS - MARGIN_MS);
  await lease.release();
  t.is(await lease.acquire(), '2');
  t.is(lease.remainingMs('2'), 9_000);
});

test('it is renewed for as long as the store answers', async (t) => {
  const { stored, lease } = aLease();
  await lease.acquire();
  await stored.time.advance(5 * TTL_MS);
  t.true(lease.remainingMs('1') > 0);
});

test('it is lost at the deadline, which is told, and acquire then waits for the store', async (t) => {
  const { stored, lease, changes } = aLease();
  await lease.acquire();
  stored.loses = 'answers';
  await stored.time.advance(TTL_MS - MARGIN_MS);
  t.is(lease.remainingMs('1'), 0);
  t.is(changes.times, 2);
  const again = lease.acquire();
  stored.loses = undefined;
  await stored.time.advance(TTL_MS / 5);
  t.is(await again, '1', 'the store still had it');
  t.is(changes.times, 3);
});

test('a store that grants nothing is reported in a bounded time', async (t) => {
  const { stored, lease } = aLease();
  stored.loses = 'requests';
  const failed = t.throwsAsync(lease.acquire(), { instanceOf: StoreUnavailable });
  await stored.time.advance(3_000);
  await failed;
  stored.loses = undefined;
  const later = lease.acquire();
  await stored.time.advance(TTL_MS);
  t.is(await later, '1');
});

test('a lease that the store has dropped is replaced by another one', async (t) => {
  const { stored, lease } = aLease();
  await lease.acquire();
  stored.cluster.revokeLease('1');
  await stored.time.advance(TTL_MS);
  t.is(lease.remainingMs('1'), 0);
  t.is(await lease.acquire(), '2');
  t.true(lease.remainingMs('2') > 0);
});

test('release ends the lease in the store; the next acquire gets a new one', async (t) => {
  const { stored, lease } = aLease();
  await lease.acquire();
  await lease.release();
  t.is(stored.cluster.ttlOf('1'), undefined);
  t.is(lease.remainingMs('1'), 0);
  t.is(await lease.acquire(), '2');
});

test('leave lets the lease run out in the store and counts on it no more', async (t) => {
  const { stored, lease } = aLease();
  await lease.acquire();
  await lease.leave();
  t.is(lease.remainingMs('1'), 0);
  t.is(stored.cluster.ttlOf('1'), TTL_MS);
  await stored.time.advance(TTL_MS);
  t.is(stored.cluster.ttlOf('1'), undefined);
});

test('the next acquire after leave gets a new lease', async (t) => {
  const { lease } = aLease();
  await lease.acquire();
  await lease.leave();
  t.is(await lease.acquire(), '2');
  t.true(lease.remainingMs('2') > 0);
});

test('release and leave without a lease do nothing', async (t) => {
  const { lease } = aLease();
  await t.notThrowsAsync(lease.release());
  await t.notThrowsAsync(lease.leave());
});
