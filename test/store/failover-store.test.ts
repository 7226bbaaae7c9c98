import test from 'ava';
import { LeaseLost, StoreClosed, StoreUnavailable } from '../../src/store/errors.ts';
import { FailoverStore } from '../../src/store/failover-store.ts';
import type { Member } from '../../src/store/member.ts';
import { Scheduler } from '../simulation/scheduler.ts';

const CALL_TIMEOUT_MS = 800;
const HEAD_START_MS = 200;

type Behaviour = { readonly afterMs: number; readonly error?: Error };
const SILENT: Behaviour = { afterMs: 1e9 };
const WELL: Behaviour = { afterMs: 5 };
const REFUSING: Behaviour = { afterMs: 1, error: new StoreUnavailable('refused') };

/** Members that behave as they are told, and count what they are asked. */
function storeOf(...behaviours: readonly Behaviour[]) {
  const scheduler = new Scheduler();
  const behaving = [...behaviours];
  const asked: string[] = [];
  const member = (index: number): Member => {
    const answer = <T>(name: string, value: T) =>
      new Promise<T>((resolve, reject) => {
        asked.push(`${name} ${index}`);
        const { afterMs, error } = behaving[index] ?? SILENT;
        scheduler.after(afterMs, () => (error === undefined ? resolve(value) : reject(error)));
      });
    return {
      endpoint: `member-${index}`,
      get: () => answer('get', { entry: undefined, revision: BigInt(index) }),
      list: () => answer('list', { entries: [], revision: 1n }),
      transact: () => answer('transact', { committed: true, revision: 1n }),
      grantLease: () => answer('grant', { leaseId: String(index), ttlMs: 3_000 }),
      keepAliveLease: () => answer('keepAlive', { ttlMs: 3_000 }),
      revokeLease: () => answer('revoke', undefined),
      watch: () => ({ close: () => {} }),
      status: () => answer('status', { isLeader: index === 1, hasLeader: true, version: '3.4.23' }),
      close: () => asked.push(`close ${index}`),
    };
  };
  const store = new FailoverStore({
    name: 'regional',
    members: behaviours.map((_, index) => member(index)),
    clock: scheduler,
    timers: scheduler,
    callTimeoutMs: CALL_TIMEOUT_MS,
    headStartMs: HEAD_START_MS,
  });
  /** @returns the outcome and how long it took, in ms. */
  const timed = async <T>(call: Promise<T>) => {
    const startedAt = scheduler.nowMs();
    let tookMs = Number.NaN;
    const settled = call.then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error }),
    );
    void settled.then(() => {
      tookMs = scheduler.nowMs() - startedAt;
    });
    await scheduler.advance(900);
    return { ...(await settled), tookMs };
  };
  return { store, scheduler, asked, behaving, timed };
}

test('a member that answers is the only one that is asked', async (t) => {
  const { store, timed, asked } = storeOf(WELL, WELL, WELL);
  t.is((await timed(store.get('/a'))).tookMs, 5);
  t.deepEqual(asked, ['get 0']);
});

test('a silent member costs its head start, once', async (t) => {
  const { store, timed, asked } = storeOf(SILENT, WELL, WELL);
  t.is((await timed(store.keepAliveLease('1'))).tookMs, HEAD_START_MS + 5);
  t.is((await timed(store.keepAliveLease('1'))).tookMs, 5);
  t.deepEqual(asked, ['keepAlive 0', 'keepAlive 1', 'keepAlive 1']);
});

test('a member that answers, but late, is not preferred for it', async (t) => {
  const { store, timed } = storeOf({ afterMs: 500 }, WELL);
  t.is((await timed(store.get('/a'))).tookMs, HEAD_START_MS + 5);
  t.is((await timed(store.get('/a'))).tookMs, 5);
});

test('a member that refuses costs no head start', async (t) => {
  const { store, timed } = storeOf(REFUSING, REFUSING, WELL);
  t.is((await timed(store.get('/a'))).tookMs, 7);
});

test('a sick member is tried again after its penalty, and leads again when it is well', async (t) => {
  const { store, timed, behaving, asked, scheduler } = storeOf(REFUSING, WELL);
  await timed(store.get('/a'));
  behaving[0] = WELL;
  await scheduler.advance(30_000);
  await timed(store.get('/a'));
  t.deepEqual(asked, ['get 0', 'get 1', 'get 0']);
});

test('when nobody answers the call ends within its bound', async (t) => {
  const { store, timed } = storeOf(SILENT, SILENT, SILENT);
  const { error, tookMs } = await timed(store.list('/a'));
  t.true(error instanceof StoreUnavailable);
  t.is(tookMs, CALL_TIMEOUT_MS);
});

test('when everybody refuses the call does not wait for its bound', async (t) => {
  const { store, timed } = storeOf(REFUSING, REFUSING);
  const { error, tookMs } = await timed(store.get('/a'));
  t.true(error instanceof StoreUnavailable);
  t.is(tookMs, 2);
});

test('that a lease is gone is an answer: nobody else is asked', async (t) => {
  const { store, timed, asked } = storeOf({ afterMs: 5, error: new LeaseLost('1') }, WELL);
  t.true((await timed(store.keepAliveLease('1'))).error instanceof LeaseLost);
  t.deepEqual(asked, ['keepAlive 0']);
});

test('a transaction is sent once, to a member that has just answered', async (t) => {
  const { store, timed, asked } = storeOf(SILENT, WELL);
  await timed(store.transact([], []));
  t.deepEqual(asked, ['get 0', 'get 1', 'transact 1']);
});

test('a transaction that is not answered is not sent a second time', async (t) => {
  const { store, timed, asked, behaving, scheduler } = storeOf(WELL, WELL);
  const read = store.get('/a');
  await scheduler.advance(10);
  await read;
  behaving[0] = SILENT;
  t.true((await timed(store.transact([], []))).error instanceof StoreUnavailable);
  t.deepEqual(asked, ['get 0', 'transact 0']);
});

test('an error of an unknown kind is a store that cannot be confirmed', async (t) => {
  const { store, timed } = storeOf({ afterMs: 1, error: new TypeError('surprise') });
  const { error } = await timed(store.get('/a'));
  t.true(error instanceof StoreUnavailable);
  t.true((error as StoreUnavailable).cause instanceof TypeError);
});

test('the status names the leader and who cannot be reached', async (t) => {
  const { store, timed } = storeOf(REFUSING, WELL);
  t.deepEqual((await timed(store.status())).value, {
    leaderEndpoint: 'member-1',
    endpoints: [
      { endpoint: 'member-0', reachable: false, isLeader: false, version: undefined },
      { endpoint: 'member-1', reachable: true, isLeader: true, version: '3.4.23' },
    ],
  });
});

test('closing ends calls that are under way, and closes each member once', async (t) => {
  const { store, timed, asked } = storeOf(SILENT, SILENT);
  const call = timed(store.get('/a'));
  await store.close();
  await store.close();
  t.true((await call).error instanceof StoreClosed);
  t.deepEqual(
    asked.filter((line) => line.startsWith('close')),
    ['close 0', 'close 1'],
  );
});

test('a store without a member is refused', (t) => {
  t.throws(() => storeOf(), { instanceOf: RangeError });
});
