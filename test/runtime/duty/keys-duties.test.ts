/**
 * The three duties for keys, on one store in memory that is regional and global at once: adoption, a rotation, and what each of
 * them refuses. What becomes of them under faults is the simulation's.
 */
import test from 'ava';
import { FernetKey } from '../../../src/actuator/fernet-key.ts';
import { KeySeal } from '../../../src/actuator/key-seal.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import { setText } from '../../../src/core/keys/key-set.ts';
import type { FernetKeys } from '../../../src/core/policy.ts';
import { KeysArbiterDuty } from '../../../src/runtime/duty/keys-arbiter-duty.ts';
import { KeysNodeDuty } from '../../../src/runtime/duty/keys-node-duty.ts';
import { KeysRelay } from '../../../src/runtime/duty/keys-relay.ts';
import { NO_KEYS, readKeys } from '../../../src/runtime/duty/keys-view.ts';
import { refusedOrderRecord } from '../../../src/store/database-records.ts';
import { keyStateRecord, keysOrderRecord } from '../../../src/store/key-records.ts';
import * as paths from '../../../src/store/keys.ts';
import { POLICY, ROTATE } from '../../core/keys/some-keys.ts';
import { MemoryKeyDirectory, MemoryKeyRepository } from '../../fakes/memory-key-repository.ts';
import { AStore, AView, never } from './a-store.ts';

const NAME = POLICY.name;
const NODES = ['north-1', 'north-2'] as const;
const sealOf = (byte: number) => KeySeal.fromText(Buffer.alloc(32, byte).toString('base64'));
const ORDER = paths.keysOrderKey(NAME);

class Cloud {
  readonly stored = new AStore();
  readonly events: NewEvent[] = [];
  readonly disks = NODES.map(() => new MemoryKeyDirectory());
  policy: FernetKeys = { ...POLICY, nodes: { north: NODES } };
  isGone = false;
  isElected = true;
  wallMs = 1_000_000;
  readonly view = new AView(this.stored);
  readonly relay: KeysRelay;
  readonly nodes: KeysNodeDuty[];
  arbiter: KeysArbiterDuty;

  constructor() {
    const keys = [0, 1].map((index) => [index, FernetKey.generate()] as const);
    for (const disk of this.disks) for (const [index, key] of keys) disk.put(index, key);
    const { view, stored } = this;
    this.relay = new KeysRelay({
      ...{ region: 'north', store: stored.store, view, global: view, up: this.#presence },
      leadership: this.#leadership,
      policies: () => (this.isGone ? [] : [{ policy: this.policy, revision: 1n }]),
      unreadable: () => [],
    });
    this.nodes = NODES.map((_, at) => this.nodeDuty(at));
    this.arbiter = this.arbiterDuty();
  }

  nodeDuty(at: number, { seal = sealOf(1), isGranted = true } = {}): KeysNodeDuty {
    const directory = this.disks[at] ?? new MemoryKeyDirectory();
    const repository = new MemoryKeyRepository({ directory, isGranted });
    return new KeysNodeDuty({
      ...{ node: NODES[at] ?? '', view: this.view, presence: this.#presence, seal },
      repository: () => repository,
      record: (event) => this.events.push(event),
      wallMs: () => this.wallMs,
    });
  }

  arbiterDuty(seal: KeySeal | undefined = sealOf(1)): KeysArbiterDuty {
    return new KeysArbiterDuty({
      ...{ name: NAME, store: this.stored.store, view: this.view, leadership: this.#leadership, seal },
      policy: () => (this.isGone ? undefined : { policy: this.policy, revision: 1n }),
      isGone: () => this.isGone,
      holds: () => [],
      record: (event) => this.events.push(event),
      wallMs: () => this.wallMs,
    });
  }

  /** Everybody once, so that one step is taken and confirmed. */
  async round(times = 1): Promise<void> {
    for (let left = times; left > 0; left--) {
      for (const each of [this.relay, ...this.nodes, this.relay, this.arbiter]) await each.tick(never);
    }
  }

  get keys() {
    return readKeys(this.stored.cluster.state.list('/')).get(NAME) ?? NO_KEYS;
  }

  get state() {
    return this.keys.state?.value;
  }

  sets(): readonly string[] {
    return this.disks.map(({ keys }) =>
      setText(keys.map(({ index, key }) => ({ index, fingerprint: key.fingerprint }))),
    );
  }

  get names(): readonly string[] {
    return this.events.map(({ name }) => name);
  }

  readonly #leadership = {
    epoch: () => (this.isElected ? 5n : undefined),
    guard: () => ({ key: paths.leaderKey(), target: 'mod', equals: 0n }) as const,
  };

  readonly #presence = {
    set: (key: string, value: string) => {
      if (this.stored.entry(key)?.value !== value) this.stored.put(key, value);
    },
    remove: (key: string) => this.stored.delete(key),
  };
}

test('keys that all nodes hold are adopted, and nothing is changed by that', async (t) => {
  const cloud = new Cloud();
  const before = cloud.sets();
  await cloud.round(2);
  t.like(cloud.state, { generation: 1, work: null, rotatedAtMs: cloud.wallMs });
  t.deepEqual(cloud.sets(), before);
  t.deepEqual(cloud.names, ['keys:set:adopted']);
  await cloud.round();
  const { revision } = cloud.stored;
  await cloud.round(3);
  t.is(cloud.stored.revision, revision, 'at rest nothing is written');
});

test('no store ever holds a key that can be read', async (t) => {
  const cloud = new Cloud();
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  for (let round = 0; round < 8; round++) {
    await cloud.round();
    const all = JSON.stringify([
      cloud.stored.cluster.state.list('/').map(({ value }) => value),
      cloud.events.map(String),
    ]);
    for (const { key } of cloud.disks.flatMap(({ keys }) => keys)) t.false(all.includes(key.reveal()));
  }
});

test('an order makes the staged key the primary on every node, and is obeyed once', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  const [staged] = cloud.disks[0]?.keys ?? [];
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  await cloud.round();
  t.is(cloud.keys.order, undefined);
  t.like(cloud.state, { generation: 2, work: { step: 'promote', id: 'o1' } });
  await cloud.round(4);
  t.like(cloud.state, { work: null, generation: 3 });
  t.is(new Set(cloud.sets()).size, 1);
  t.is(cloud.disks[1]?.keys.at(-1)?.key.fingerprint, staged?.key.fingerprint);
  t.deepEqual(
    cloud.names.filter((name) => name.startsWith('keys:rotation')),
    ['keys:rotation:begun', 'keys:rotation:ended'],
  );
});

test('a node that does not answer stops it, and its return lets it go on', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  await cloud.round();
  const [, lost] = cloud.nodes.splice(1, 1);
  cloud.stored.delete(paths.keysNodeKey(NAME, 'north-2'));
  await cloud.round(3);
  t.like(cloud.state, { generation: 2, work: { step: 'promote' } });
  t.true(cloud.names.includes('keys:rotation:waiting'));
  cloud.nodes.push(lost ?? cloud.nodeDuty(1));
  await cloud.round(4);
  t.like(cloud.state, { work: null });
});

test('an empty node is filled', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  cloud.disks[1]?.empty();
  await cloud.round();
  t.is(new Set(cloud.sets()).size, 1);
});

test('foreign keys are left alone, and named with a remedy', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  cloud.disks[1]?.put(2, FernetKey.generate());
  const [, foreign] = cloud.sets();
  await cloud.round(2);
  t.is(cloud.sets()[1], foreign);
  t.like(cloud.keys.nodes.get('north-2'), { problem: 'OtherKeys' });
  t.true(cloud.names.includes('keys:set:diverged'));
});

for (const [problem, options] of [
  ['SealingKey', { seal: sealOf(2) }],
  ['NotGranted', { isGranted: false }],
] as const) {
  test(`a node that cannot go on says ${problem}, and nothing begins`, async (t) => {
    const cloud = new Cloud();
    await cloud.round(3);
    cloud.nodes[1] = cloud.nodeDuty(1, options as { seal?: KeySeal });
    cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
    await cloud.round(2);
    t.like(cloud.keys.nodes.get('north-2'), { problem });
    t.like(cloud.state, { generation: 1 });
  });
}

test('an arbiter with another sealing key refuses, and says so to whoever ordered it', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  cloud.arbiter = cloud.arbiterDuty(sealOf(2));
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  await cloud.round();
  const path = paths.keysRefusedOrderKey(NAME);
  const refused = refusedOrderRecord.decode(path, cloud.stored.entry(path)?.value ?? '');
  t.regex(refused.detail, /sealing key/);
  t.is(cloud.keys.order, undefined);
});

test('a key that was changed in the store is put into place nowhere', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  const { state } = cloud;
  if (state === undefined) return t.fail();
  const forged = state.keys.map((key) => ({
    ...key,
    sealed: sealOf(9)?.seal(FernetKey.generate(), { name: NAME, index: key.index, generation: 2 }) ?? '',
  }));
  const added = [...forged, { ...(forged[0] as (typeof forged)[number]), index: 2 }];
  cloud.stored.put(
    paths.keysStateKey(NAME),
    keyStateRecord.encode({ ...state, generation: 2, keys: added, accepts: [state.keys] }),
  );
  const before = cloud.sets();
  await cloud.round(2);
  t.deepEqual(cloud.sets(), before);
  t.like(cloud.keys.nodes.get('north-1'), { problem: 'SealingKey' });
});

test('the leader never passes an older set on, and asks for what the nodes hold', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  const old = cloud.stored.entry(paths.keysStateKey(NAME))?.value ?? '';
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  await cloud.round(6);
  const before = cloud.sets();
  cloud.stored.put(paths.keysStateKey(NAME), old);
  await cloud.relay.tick(never);
  t.like(cloud.keys.wanted?.value, { generation: 3, asks: true });
  await cloud.round(3);
  t.like(cloud.state, { generation: 4, work: null });
  t.deepEqual(cloud.sets(), before);
});

test('who is not elected writes nothing, and takes back what it has reported', async (t) => {
  const cloud = new Cloud();
  await cloud.round(2);
  cloud.isElected = false;
  await cloud.relay.tick(never);
  t.is(cloud.keys.regions.size, 0);
  const { revision } = cloud.stored;
  await cloud.relay.tick(never);
  await cloud.arbiter.tick(never);
  t.is(cloud.stored.revision, revision);
});

test('a policy that only observes asks for nothing and adopts nothing', async (t) => {
  const cloud = new Cloud();
  cloud.policy = { ...cloud.policy, mode: 'observe' };
  await cloud.round(3);
  t.is(cloud.state, undefined);
  t.like(cloud.keys.nodes.get('north-1'), { offer: null, problem: null });
});

test('with its policy gone the stores forget the keys, and the nodes keep them', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  const before = cloud.sets();
  cloud.isGone = true;
  await cloud.round(2);
  t.deepEqual(cloud.stored.keys(paths.prefixes.keys), []);
  t.deepEqual(cloud.stored.keys(paths.prefixes.wantedKeys), []);
  t.deepEqual(cloud.sets(), before);
  t.true(cloud.names.includes('keys:set:released'));
});

test('a record that cannot be read stops everything about its policy', async (t) => {
  const cloud = new Cloud();
  await cloud.round(3);
  cloud.stored.put(ORDER, keysOrderRecord.encode(ROTATE));
  cloud.stored.put(paths.keysRegionKey(NAME, 'elsewhere'), '{"format":9}');
  await cloud.arbiter.tick(never);
  t.like(cloud.state, { generation: 1, work: null });
  t.true(cloud.names.includes('keys:rotation:refused'));
});
