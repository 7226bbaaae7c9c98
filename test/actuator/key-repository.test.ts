/** The adapter keeps the contract on a real directory: owner, modes, links, and nothing that Keystone could trip over. */
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type IndexedKey, KeystoneKeyRepository, printsOf } from '../../src/actuator/key-repository.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { type KeyRepositoryWorld, keyRepositoryContract, keysAt } from '../contract/key-repository-contract.ts';

/** Anybody but root. */
const KEYSTONE = 64_064;

const granting = (...files: readonly string[]) => grantsOf({ files, units: [], addresses: [], haproxy: null });

class DirectoryWorld implements KeyRepositoryWorld {
  readonly home: string;
  readonly directory: string;

  private constructor(home: string) {
    this.home = home;
    this.directory = join(home, 'fernet-keys');
  }

  static async start(): Promise<DirectoryWorld> {
    const world = new DirectoryWorld(await realpath(await mkdtemp(join(tmpdir(), 'regent-keys-'))));
    await mkdir(world.directory, { mode: 0o700 });
    await chown(world.directory, KEYSTONE, KEYSTONE);
    return world;
  }

  repository({ isGranted = true } = {}) {
    const { directory } = this;
    return new KeystoneKeyRepository({ directory, grants: isGranted ? granting(`${directory}/*`) : granting() });
  }

  async put({ index, key }: IndexedKey) {
    const path = join(this.directory, String(index));
    await writeFile(path, key.reveal(), { mode: 0o600 });
    await chown(path, KEYSTONE, KEYSTONE);
  }

  async spoil(how: 'gone' | 'open' | 'foreign') {
    if (how === 'gone') await rm(this.directory, { recursive: true });
    else if (how === 'open') await chmod(this.directory, 0o755);
    else await writeFile(join(this.directory, '0.tmp'), 'x');
  }

  async interrupt() {
    await mkdir(join(this.directory, '.regent'));
  }

  async stop() {
    await rm(this.home, { recursive: true });
  }
}

keyRepositoryContract(test, () => DirectoryWorld.start());

test('keys belong to the owner of the directory, nobody else can read them, and nothing else is left', async (t) => {
  const world = await DirectoryWorld.start();
  t.teardown(() => world.stop());
  await world.repository().apply(keysAt(0, 1, 2), []);
  t.deepEqual((await readdir(world.directory)).sort(), ['0', '1', '2']);
  for (const name of ['0', '1', '2']) {
    const { uid, gid, mode } = await lstat(join(world.directory, name));
    t.deepEqual([uid, gid, mode & 0o7777], [KEYSTONE, KEYSTONE, 0o600]);
  }
});

test('a link, a directory of root, and a key that others can read are named', async (t) => {
  const world = await DirectoryWorld.start();
  t.teardown(() => world.stop());
  const linked = join(world.home, 'linked');
  await symlink(world.directory, linked);
  const through = new KeystoneKeyRepository({ directory: linked, grants: granting(`${linked}/*`) });
  t.like(await through.look(), { ok: false, problem: 'Foreign' });
  for (const key of keysAt(0)) await world.put(key);
  await chmod(join(world.directory, '0'), 0o640);
  t.like(await world.repository().look(), { ok: false, problem: 'Unsafe' });
  await chmod(join(world.directory, '0'), 0o600);
  t.like(await world.repository().look(), { ok: true });
  await chown(world.directory, 0, 0);
  t.like(await world.repository().look(), { ok: false, problem: 'Unsafe' });
});

test('what is no key is named, and its content is not', async (t) => {
  const world = await DirectoryWorld.start();
  t.teardown(() => world.stop());
  const [key] = keysAt(0);
  if (key === undefined) return t.fail();
  const path = join(world.directory, '0');
  await writeFile(path, `${key.key.reveal()}\n`, { mode: 0o600 });
  await chown(path, KEYSTONE, KEYSTONE);
  const look = await world.repository().look();
  t.like(look, { ok: false, problem: 'Foreign' });
  t.false(JSON.stringify(look).includes(key.key.reveal()));
});

test('an answer holds no key', async (t) => {
  const world = await DirectoryWorld.start();
  t.teardown(() => world.stop());
  const keys = keysAt(0, 1);
  const outcome = await world.repository().apply(keys, []);
  const look = await world.repository().look();
  for (const { key } of keys) {
    t.false(JSON.stringify([outcome, look, printsOf(keys), keys]).includes(key.reveal()));
    t.false(`${key}`.includes(key.reveal()));
  }
});
