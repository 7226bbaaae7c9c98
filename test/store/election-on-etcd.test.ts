/**
 * Two candidates on a real etcd: the one that leads loses its way to the store, its process, or the store itself.
 * What must never overlap is measured at the holder's own words.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { marginFor } from '../../src/core/lease-timing.ts';
import { systemClock, systemRandom, systemTimers } from '../../src/runtime/clock.ts';
import { Election } from '../../src/store/election.ts';
import { fileLeaseMemory, type LeaseMemory } from '../../src/store/lease-memory.ts';
import type { Store } from '../../src/store/store.ts';
import type { CandidatePlan } from './candidate-process.ts';
import { type EtcdHarness, startEtcdHarness } from './etcd-harness.ts';
import { eventually } from './harness.ts';

const TTL_MS = 3_000;
const MARGIN_MS = marginFor({ ttlMs: TTL_MS, rttMs: 20, driftPpm: 500, stepDownMs: 100 });

let harness: EtcdHarness;
let scratch: string;
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'regent-election-'));
  harness = await startEtcdHarness();
});
test.after.always(async () => {
  await harness?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** A candidate that writes down when it was elected and deposed. */
function candidate(store: Store, key: string, name: string, memory?: LeaseMemory) {
  const elected: { readonly epoch: bigint; readonly at: number }[] = [];
  const deposed: { readonly reason: string; readonly at: number }[] = [];
  const election = new Election({
    store,
    key,
    value: name,
    ttlMs: TTL_MS,
    marginMs: MARGIN_MS,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    ...(memory === undefined ? {} : { memory }),
    onElected: (epoch) => elected.push({ epoch, at: performance.now() }),
    onDeposed: (reason) => deposed.push({ reason, at: performance.now() }),
  });
  return { election, elected, deposed };
}

/** The first leads behind ways of its own, the second waits for its turn. */
async function twoCandidates(t: ExecutionContext, name: string, memory?: LeaseMemory) {
  const { store, forwards } = await harness.connect();
  const key = `/regent/v1/test-election/${name}`;
  await eventually(harness, 30_000, () =>
    store.get(key).then(
      () => true,
      () => false,
    ),
  );
  const first = candidate(store, key, 'first', memory);
  await first.election.start();
  await eventually(harness, 30_000, () => first.elected.length === 1);
  const second = candidate(harness.other, key, 'second');
  await second.election.start();
  t.teardown(async () => {
    await Promise.all([first.election.stop({ revoke: false }), second.election.stop({ revoke: true })]);
    await store.close();
  });
  await harness.advance(700);
  return { first, second, forwards, store, key };
}

function planOf(key: string, memoryPath: string, endpoints: readonly string[]): CandidatePlan {
  const { ca, certificate, key: secret } = harness.cluster.tls;
  const tls = { ca: `${ca}`, certificate: `${certificate}`, key: `${secret}` };
  return { endpoints, tls, key, memoryPath, ttlMs: TTL_MS, marginMs: MARGIN_MS };
}

const stepsDownFirst = test.macro<[readonly ('toServer' | 'fromServer')[]]>({
  title: (_, directions) => `a holder steps down before its lease can be taken, frozen ${directions.join(' and ')}`,
  exec: async (t, directions) => {
    const { first, second, forwards } = await twoCandidates(t, directions.join('-'));
    for (const forward of forwards) forward.freeze(...directions);
    await eventually(harness, 4 * TTL_MS, () => second.elected.length === 1);
    t.is(first.elected.length, 1);
    t.is(first.deposed.length, 1);
    const early = (second.elected[0]?.at ?? 0) - (first.deposed[0]?.at ?? Number.POSITIVE_INFINITY);
    t.true(early >= MARGIN_MS, `the holder let go ${early}ms before its successor began`);
    t.true((second.elected[0]?.epoch ?? 0n) > (first.elected[0]?.epoch ?? 0n));
    for (const forward of forwards) forward.thaw();
    await harness.advance(2_000);
    t.is(first.elected.length, 1);
  },
});
test.serial(stepsDownFirst, ['toServer', 'fromServer']);
test.serial(stepsDownFirst, ['fromServer']);
test.serial(stepsDownFirst, ['toServer']);

test.serial('a restarted agent keeps its lease and its epoch, and nobody leads in between', async (t) => {
  const memory = fileLeaseMemory(join(scratch, 'restart.json'));
  const { first, second, store, key } = await twoCandidates(t, 'restart', memory);
  await first.election.stop({ revoke: false });
  await harness.advance(1_500);
  const reborn = candidate(store, key, 'first, reborn', memory);
  await reborn.election.start();
  await eventually(harness, 10_000, () => reborn.elected.length === 1);
  t.is(reborn.elected[0]?.epoch, first.elected[0]?.epoch);
  t.deepEqual(second.elected, []);
  const { entry } = await store.get(key);
  t.is(entry?.value, 'first, reborn');
  t.is(entry?.createRevision, first.elected[0]?.epoch);
  await reborn.election.stop({ revoke: true });
});

test.serial('an agent that is killed keeps its lease and its epoch if it is back within the TTL', async (t) => {
  const key = '/regent/v1/test-election/killed';
  const memoryPath = join(scratch, 'killed.json');
  const { store, forwards } = await harness.connect();
  const endpoints = forwards.map((forward) => forward.address);
  const child = execa(process.execPath, [join(import.meta.dirname, 'candidate-process.ts')], {
    input: JSON.stringify(planOf(key, memoryPath, endpoints)),
    reject: false,
  });
  t.teardown(() => child.kill('SIGKILL'));
  const patience = { signal: AbortSignal.timeout(20_000) };
  const [line] = await once(createInterface({ input: child.stdout }), 'line', patience);
  const epoch = BigInt(/^elected (\d+)$/.exec(line)?.[1] ?? 0);
  child.kill('SIGKILL');
  const { signal } = await child;
  t.is(signal, 'SIGKILL');
  const second = candidate(harness.other, key, 'second');
  await second.election.start();
  const reborn = candidate(store, key, 'reborn', fileLeaseMemory(memoryPath));
  await reborn.election.start();
  t.teardown(async () => {
    await Promise.all([reborn.election.stop({ revoke: true }), second.election.stop({ revoke: true })]);
    await store.close();
  });
  await eventually(harness, TTL_MS, () => reborn.elected.length === 1);
  t.is(reborn.elected[0]?.epoch, epoch);
  await harness.advance(2 * TTL_MS);
  t.deepEqual(second.elected, []);
  t.deepEqual(reborn.deposed, []);
});

test.serial('an agent that stops for good hands over at once', async (t) => {
  const { first, second } = await twoCandidates(t, 'leave');
  await first.election.stop({ revoke: true });
  // Sooner than a lease that is left to run out.
  await eventually(harness, TTL_MS - MARGIN_MS, () => second.elected.length === 1);
  t.deepEqual(
    first.deposed.map((loss) => loss.reason),
    ['Stopped'],
  );
});

test.serial('a store outage that is longer than the TTL moves no leadership', async (t) => {
  const { first, second } = await twoCandidates(t, 'outage');
  const epoch = first.elected[0]?.epoch;
  await harness.loseQuorum();
  await eventually(harness, 2 * TTL_MS, () => first.deposed.length === 1);
  await harness.advance(TTL_MS);
  t.deepEqual(second.elected, []);
  await harness.regainQuorum();
  await eventually(harness, 60_000, () => first.elected.length === 2);
  t.is(first.elected[1]?.epoch, epoch);
  await harness.advance(TTL_MS);
  t.deepEqual(second.elected, []);
  t.true(first.election.isLeading(systemClock.nowMs()));
});

test.serial('the death of the member that leads the store moves no leadership', async (t) => {
  const { first, second } = await twoCandidates(t, 'member');
  const epoch = first.elected[0]?.epoch;
  const leader = await harness.cluster.leader();
  await harness.cluster.member(leader).kill();
  await harness.advance(2 * TTL_MS);
  await harness.cluster.startMember(leader);
  await eventually(harness, 30_000, () => first.election.isLeading(systemClock.nowMs()));
  t.true(first.elected.every((election) => election.epoch === epoch));
  t.deepEqual(second.elected, []);
});
