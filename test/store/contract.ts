/**
 * What every store owes its callers, whichever kind it is. Each test gets a prefix of its own, so that one cluster
 * can serve them all. A promise that only one kind of store could keep does not belong here.
 */
import type { ExecutionContext, TestFn } from 'ava';
import { LeaseLost, StoreClosed, StoreUnavailable } from '../../src/store/errors.ts';
import type { Change, Store } from '../../src/store/store.ts';
import { faultContract } from './contract-faults.ts';
import { eventually, type Harness } from './harness.ts';

/** Above etcd's floor of 2 s with its default timeouts. */
export const TTL_MS = 2_000;

export const ALWAYS = [] as const;

type Body = (t: ExecutionContext, harness: Harness, prefix: string) => Promise<void>;

export function storeContract(test: TestFn, start: () => Promise<Harness>, makeClient: () => Promise<Store>): void {
  let harness: Harness;
  let count = 0;
  test.before(async () => {
    harness = await start();
  });
  test.after.always(() => harness?.stop());
  const promise = (title: string, body: Body) =>
    test.serial(title, async (t) => {
      count += 1;
      await body(t, harness, `/regent/v1/test-${count}/`);
    });

  readContract(promise);
  writeContract(promise);
  leaseContract(promise);
  watchContract(promise);
  faultContract(promise);

  test.serial('a closed store says so, and its watches stay silent', async (t) => {
    const store = await makeClient();
    store.watch('/regent/', { onChange: () => t.fail(), onInterrupted: () => t.fail() });
    await store.close();
    await store.close();
    await t.throwsAsync(store.get('/regent/x'), { instanceOf: StoreClosed });
  });
}

export type DefinePromise = (title: string, body: Body) => void;

function readContract(promise: DefinePromise): void {
  promise('an absent key is read as absent, at a revision', async (t, { store, settle }, prefix) => {
    const { entry, revision } = await settle(store.get(`${prefix}none`));
    t.is(entry, undefined);
    t.true(revision >= 1n);
  });

  promise('a list holds what starts with its prefix, by key, at one revision', async (t, harness, prefix) => {
    const { store, settle } = harness;
    for (const name of ['a/2', 'a/1', 'ab', 'b']) await settle(put(store, `${prefix}${name}`, name));
    const { entries, revision } = await settle(store.list(`${prefix}a/`));
    t.deepEqual(
      entries.map((entry) => entry.value),
      ['a/1', 'a/2'],
    );
    t.is(revision, (await settle(store.get(`${prefix}b`))).revision);
  });

  promise('a list longer than a page is complete', async (t, { store, settle }, prefix) => {
    for (let page = 0; page < 22; page++) {
      const names = Array.from({ length: 100 }, (_, index) => `${prefix}${page * 100 + index}`);
      await settle(
        store.transact(
          ALWAYS,
          names.map((key) => ({ kind: 'put', key, value: key })),
        ),
      );
    }
    t.is((await settle(store.list(prefix))).entries.length, 2_200);
  });

  promise('an aborted call is a store that cannot be confirmed', async (t, { store, settle, freeze, thaw }, prefix) => {
    const abort = new AbortController();
    freeze('toServer');
    const call = store.get(`${prefix}a`, abort.signal);
    abort.abort();
    await t.throwsAsync(settle(call), { instanceOf: StoreUnavailable });
    await t.throwsAsync(settle(store.get(`${prefix}a`, abort.signal)), { instanceOf: StoreUnavailable });
    thaw();
  });

  promise('an empty prefix is refused', async (t, { store }) => {
    await t.throwsAsync(store.list(''), { instanceOf: RangeError });
  });
}

function writeContract(promise: DefinePromise): void {
  promise('a key keeps its create revision while its mod revision grows', async (t, { store, settle }, prefix) => {
    const first = await settle(put(store, `${prefix}a`, '1'));
    const second = await settle(put(store, `${prefix}a`, 'zwei ✓'));
    const { entry } = await settle(store.get(`${prefix}a`));
    t.true(first.committed && second.committed && second.revision > first.revision);
    t.like(entry, { value: 'zwei ✓', createRevision: first.revision, modRevision: second.revision });
    t.is(entry?.leaseId, undefined);
  });

  promise('a key that was deleted is created anew, at a later revision', async (t, { store, settle }, prefix) => {
    const key = `${prefix}a`;
    await settle(put(store, key, '1'));
    const gone = await settle(store.transact(ALWAYS, [{ kind: 'delete', key }]));
    t.is((await settle(store.get(key))).entry, undefined);
    await settle(put(store, key, '2'));
    t.true(((await settle(store.get(key))).entry?.createRevision ?? 0n) > gone.revision);
  });

  promise('a transaction is applied as one revision, or not at all', async (t, { store, settle }, prefix) => {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    const made = await settle(
      store.transact(
        [{ key: a, target: 'create', equals: 0n }],
        [
          { kind: 'put', key: a, value: '1' },
          { kind: 'put', key: b, value: '1' },
        ],
      ),
    );
    const entries = (await settle(store.list(prefix))).entries;
    t.deepEqual(
      entries.map((entry) => entry.modRevision),
      [made.revision, made.revision],
    );
    const refused = await settle(
      store.transact(
        [
          { key: a, target: 'mod', equals: made.revision },
          { key: b, target: 'create', equals: 0n },
        ],
        [
          { kind: 'delete', key: a },
          { kind: 'put', key: b, value: '2' },
        ],
      ),
    );
    t.false(refused.committed);
    t.deepEqual((await settle(store.list(prefix))).entries, entries);
  });

  promise('of many who create a key at the same time, one succeeds', async (t, { store, other, settle }, prefix) => {
    const key = `${prefix}a`;
    const absent = [{ key, target: 'create', equals: 0n }] as const;
    const attempts = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? store : other).transact(absent, [{ kind: 'put', key, value: String(index) }]),
    );
    const results = await settle(Promise.all(attempts));
    t.is(results.filter((result) => result.committed).length, 1);
  });

  promise('a transaction that names a key twice is refused before it is sent', async (t, { store }, prefix) => {
    const twice = { kind: 'delete', key: `${prefix}a` } as const;
    await t.throwsAsync(store.transact(ALWAYS, [twice, twice]), { instanceOf: RangeError });
  });

  promise('a put under a lease that does not exist changes nothing', async (t, { store, settle }, prefix) => {
    const writes = store.transact(ALWAYS, [
      { kind: 'put', key: `${prefix}a`, value: '1' },
      { kind: 'put', key: `${prefix}b`, value: '1', leaseId: '4242424242424242' },
    ]);
    await t.throwsAsync(settle(writes), { instanceOf: LeaseLost });
    t.deepEqual((await settle(store.list(prefix))).entries, []);
  });
}

function leaseContract(promise: DefinePromise): void {
  promise('a lease that is not renewed takes its keys along', async (t, harness, prefix) => {
    const { store, settle } = harness;
    const { leaseId, ttlMs } = await settle(store.grantLease(1));
    t.true(ttlMs >= 1_000);
    const key = `${prefix}a`;
    await settle(store.transact(ALWAYS, [{ kind: 'put', key, value: '1', leaseId }]));
    t.is((await settle(store.get(key))).entry?.leaseId, leaseId);
    await eventually(harness, ttlMs + 5_000, async () => (await settle(store.get(key))).entry === undefined);
    await t.throwsAsync(settle(store.keepAliveLease(leaseId)), { instanceOf: LeaseLost });
  });

  promise('a lease that is renewed lives on, with the TTL that was granted', async (t, harness, prefix) => {
    const { store, settle } = harness;
    const { leaseId, ttlMs } = await settle(store.grantLease(TTL_MS));
    const key = `${prefix}a`;
    await settle(store.transact(ALWAYS, [{ kind: 'put', key, value: '1', leaseId }]));
    for (let renewal = 0; renewal < 6; renewal++) {
      await harness.advance(ttlMs / 3);
      t.deepEqual(await settle(store.keepAliveLease(leaseId)), { ttlMs });
    }
    t.is((await settle(store.get(key))).entry?.value, '1');
    await settle(store.revokeLease(leaseId));
  });

  promise('revoking a lease deletes its keys at once, and may be repeated', async (t, { store, settle }, prefix) => {
    const { leaseId } = await settle(store.grantLease(TTL_MS));
    await settle(store.transact(ALWAYS, [{ kind: 'put', key: `${prefix}a`, value: '1', leaseId }]));
    await settle(store.transact(ALWAYS, [{ kind: 'put', key: `${prefix}b`, value: '1', leaseId }]));
    await settle(put(store, `${prefix}b`, 'taken off the lease'));
    await settle(store.revokeLease(leaseId));
    await settle(store.revokeLease(leaseId));
    t.deepEqual(
      (await settle(store.list(prefix))).entries.map((entry) => entry.key),
      [`${prefix}b`],
    );
  });
}

function watchContract(promise: DefinePromise): void {
  promise('a watch from a revision misses nothing, in order', async (t, harness, prefix) => {
    const { store, other, settle } = harness;
    const { revision } = await settle(store.list(prefix));
    await settle(put(other, `${prefix}a`, '1'));
    const changes: Change[] = [];
    const watch = store.watch(prefix, {
      fromRevision: revision + 1n,
      onChange: (batch) => changes.push(...batch),
      onInterrupted: (reason) => t.fail(reason),
    });
    await settle(put(other, `${prefix}b`, '2'));
    await settle(put(other, `/regent/v1/elsewhere`, 'x'));
    await settle(other.transact(ALWAYS, [{ kind: 'delete', key: `${prefix}a` }]));
    await eventually(harness, 20_000, () => changes.length >= 3);
    t.deepEqual(
      changes.map((change) => [change.kind, change.key]),
      [
        ['put', `${prefix}a`],
        ['put', `${prefix}b`],
        ['delete', `${prefix}a`],
      ],
    );
    watch.close();
    await settle(put(other, `${prefix}c`, '3'));
    await harness.advance(100);
    t.is(changes.length, 3);
  });

  promise('a watch sees the end of a lease', async (t, harness, prefix) => {
    const { store, other, settle } = harness;
    const { leaseId } = await settle(other.grantLease(TTL_MS));
    await settle(other.transact(ALWAYS, [{ kind: 'put', key: `${prefix}a`, value: '1', leaseId }]));
    const { revision } = await settle(store.list(prefix));
    const changes: Change[] = [];
    const watch = store.watch(prefix, {
      fromRevision: revision + 1n,
      onChange: (batch) => changes.push(...batch),
      onInterrupted: (reason) => t.fail(reason),
    });
    await settle(other.revokeLease(leaseId));
    await eventually(harness, 20_000, () => changes.length > 0);
    t.deepEqual(
      changes.map((change) => change.kind),
      ['delete'],
    );
    watch.close();
  });

  promise('a watch that asks for forgotten history is interrupted', async (t, harness, prefix) => {
    const { store, settle } = harness;
    const { revision } = await settle(put(store, `${prefix}a`, '1'));
    await settle(put(store, `${prefix}a`, '2'));
    await harness.compact();
    const reasons: string[] = [];
    store.watch(prefix, {
      fromRevision: revision,
      onChange: () => t.fail(),
      onInterrupted: (reason) => reasons.push(reason),
    });
    await eventually(harness, 20_000, () => reasons.length > 0);
    t.deepEqual(reasons, ['compacted']);
  });
}

export function put(store: Store, key: string, value: string) {
  return store.transact(ALWAYS, [{ kind: 'put', key, value }]);
}
