/** The contract of a key repository: what a node's agent relies on, asked of every implementation. */
import type { ExecutionContext, TestFn } from 'ava';
import { FernetKey } from '../../src/actuator/fernet-key.ts';
import { type IndexedKey, type KeyRepository, printsOf } from '../../src/actuator/key-repository.ts';
import type { KeySet } from '../../src/core/keys/key-set.ts';
import type { KeyProblem } from '../../src/core/keys/key-state.ts';

export interface KeyRepositoryWorld {
  repository(options?: { readonly isGranted?: boolean }): KeyRepository;
  /** As somebody else puts it there. */
  put(key: IndexedKey): Promise<void>;
  /** Makes the directory unusable in one way. */
  spoil(how: 'gone' | 'open' | 'foreign'): Promise<void>;
  /** A writer began, and was killed. */
  interrupt(): Promise<void>;
  stop(): Promise<void>;
}

interface KeyRepositoryPromise {
  readonly title: string;
  readonly run: (t: ExecutionContext, world: KeyRepositoryWorld) => Promise<void>;
}

export const keysAt = (...indexes: readonly number[]): readonly IndexedKey[] =>
  indexes.map((index) => ({ index, key: FernetKey.generate() }));

async function found(repository: KeyRepository): Promise<KeySet | KeyProblem> {
  const look = await repository.look();
  return look.ok ? printsOf(look.keys) : look.problem;
}

const promises: readonly KeyRepositoryPromise[] = [
  {
    title: 'an empty repository is filled, and a second time nothing is done',
    run: async (t, world) => {
      const repository = world.repository();
      t.deepEqual(await found(repository), []);
      const keys = keysAt(0, 1, 2);
      t.like(await repository.apply(keys, []), { ok: true, changed: true });
      t.deepEqual(await found(repository), printsOf(keys));
      t.like(await repository.apply(keys, printsOf(keys)), { ok: true, changed: false });
    },
  },
  {
    title: 'from one set to the next, keys come, change and go, and the others stay',
    run: async (t, world) => {
      const repository = world.repository();
      const before = keysAt(0, 1, 2);
      await repository.apply(before, []);
      const after = [...keysAt(0), ...before.slice(2), ...keysAt(3)];
      t.like(await repository.apply(after, printsOf(before)), { ok: true, changed: true });
      t.deepEqual(await found(repository), printsOf(after));
    },
  },
  {
    title: 'keys that have changed since they were looked at are left alone',
    run: async (t, world) => {
      const repository = world.repository();
      const [before, other] = [keysAt(0, 1), keysAt(1)];
      await repository.apply(before, []);
      for (const key of other) await world.put(key);
      t.like(await repository.apply(keysAt(0, 1, 2), printsOf(before)), { ok: false, refusal: 'PreconditionUnmet' });
      t.deepEqual(await found(repository), printsOf([...before.slice(0, 1), ...other]));
    },
  },
  {
    title: 'without a grant nothing is touched, and it is seen before',
    run: async (t, world) => {
      const repository = world.repository({ isGranted: false });
      t.like(await repository.look(), { ok: true, isGranted: false });
      t.like(await repository.apply(keysAt(0, 1), []), { ok: false, refusal: 'NotGranted' });
      t.deepEqual(await found(world.repository()), []);
    },
  },
  ...(['gone', 'open', 'foreign'] as const).map(
    (how): KeyRepositoryPromise => ({
      title: `a directory that is ${how} is named and left alone`,
      run: async (t, world) => {
        const repository = world.repository();
        await world.spoil(how);
        t.is(await found(repository), { gone: 'Missing', open: 'Unsafe', foreign: 'Foreign' }[how] as KeyProblem);
        t.like(await repository.apply(keysAt(0, 1), []), { ok: false, refusal: 'PreconditionUnmet' });
      },
    }),
  ),
  {
    title: 'the mark of an interrupted writer is seen, and goes with the next one',
    run: async (t, world) => {
      const repository = world.repository();
      const keys = keysAt(0, 1);
      await repository.apply(keys, []);
      await world.interrupt();
      t.like(await repository.look(), { ok: true, isUnfinished: true });
      t.like(await repository.apply(keys, printsOf(keys)), { ok: true, changed: true });
      t.like(await repository.look(), { ok: true, isUnfinished: false });
    },
  },
  {
    title: 'a writer that is told to end stops between two files, and the next one goes on',
    run: async (t, world) => {
      const repository = world.repository();
      const keys = keysAt(0, 1);
      t.like(await repository.apply(keys, [], AbortSignal.abort()), { ok: false, refusal: 'Failed' });
      const now = await repository.look();
      t.like(await repository.apply(keys, now.ok ? printsOf(now.keys) : []), { ok: true });
      t.deepEqual(await found(repository), printsOf(keys));
    },
  },
];

export function keyRepositoryContract(test: TestFn, start: () => Promise<KeyRepositoryWorld>): void {
  for (const { title, run } of promises) {
    test(`key repository: ${title}`, async (t) => {
      const world = await start();
      t.teardown(() => world.stop());
      await run(t, world);
    });
  }
}
