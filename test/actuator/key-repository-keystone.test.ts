/** What the adapter writes is what a real Keystone issues and validates with, through every step of a rotation. */
import anyTest, { type TestFn } from 'ava';
import { FernetKey } from '../../src/actuator/fernet-key.ts';
import { type IndexedKey, KeystoneKeyRepository, printsOf } from '../../src/actuator/key-repository.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { KeysLab } from '../contract/keys-lab.ts';

interface Context {
  readonly keystone: KeysLab;
  readonly repository: KeystoneKeyRepository;
}

const test = anyTest.serial as TestFn<Context>;

let keystone: KeysLab;
test.before(async (t) => {
  t.timeout(300_000);
  keystone = await KeysLab.start();
});
test.after.always(() => keystone?.stop());

function repositoryOf({ fernetKeys: directory }: KeysLab): KeystoneKeyRepository {
  const grants = grantsOf({ files: [`${directory}/*`], units: [], addresses: [], haproxy: null });
  return new KeystoneKeyRepository({ directory, grants });
}

async function keysOf(repository: KeystoneKeyRepository): Promise<readonly IndexedKey[]> {
  const look = await repository.look();
  if (!look.ok) throw new Error(look.detail);
  return look.keys;
}

const at = (keys: readonly IndexedKey[], index: number): FernetKey => {
  const found = keys.find((each) => each.index === index);
  if (found === undefined) throw new Error(`there is no key ${index}`);
  return found.key;
};

test("Keystone's own keys are read as they are, also after its own rotation", async (t) => {
  const repository = repositoryOf(keystone);
  const before = await keysOf(repository);
  t.deepEqual(
    before.map(({ index }) => index),
    [0, 1],
  );
  await keystone.rotate();
  const after = await keysOf(repository);
  t.deepEqual(
    after.map(({ index }) => index),
    [0, 1, 2],
  );
  t.is(at(after, 2).fingerprint, at(before, 0).fingerprint);
});

test('a token outlives each step of a rotation, and each step issues tokens that are good', async (t) => {
  t.timeout(120_000);
  const repository = repositoryOf(keystone);
  const tokens = [await keystone.issue()];
  const first = await keysOf(repository);
  const promoted = [...first, { index: 3, key: at(first, 0) }];
  const renewed = [{ index: 0, key: FernetKey.generate() }, ...promoted.slice(1)];
  const dropped = renewed.filter(({ index }) => index !== 1);
  for (const [step, set] of Object.entries({ promoted, renewed, dropped })) {
    t.like(await repository.apply(set, printsOf(await keysOf(repository))), { ok: true, changed: true }, step);
    const token = await keystone.issue();
    tokens.push(token);
    for (const each of tokens) t.is(await keystone.validate(each, token), 200, step);
  }
});

test('the primary that was written is the one that Keystone encrypts with', async (t) => {
  t.timeout(120_000);
  const repository = repositoryOf(keystone);
  const before = await keystone.issue();
  const found = await keysOf(repository);
  const fresh = [0, 7].map((index) => ({ index, key: FernetKey.generate() }));
  await repository.apply([...fresh, ...found.filter(({ index }) => index !== 0)], printsOf(found));
  const between = await keystone.issue();
  t.is(await keystone.validate(before, between), 200);
  t.like(await repository.apply(fresh, printsOf(await keysOf(repository))), { ok: true, changed: true });
  const after = await keystone.issue();
  t.is(await keystone.validate(between, after), 200, 'the new primary had issued it');
  t.is(await keystone.validate(before, after), 404, 'its key is gone');
});

test('an empty repository is filled, and Keystone works with it at once', async (t) => {
  t.timeout(120_000);
  const repository = repositoryOf(keystone);
  const keys = await keysOf(repository);
  const token = await keystone.issue();
  await repository.apply([], printsOf(keys));
  await t.throwsAsync(keystone.issue(), { message: /Keystone issues no token: 500/ });
  await repository.apply(keys, []);
  t.is(await keystone.validate(token, await keystone.issue()), 200);
});

test('requests go on while keys change all the time', async (t) => {
  t.timeout(120_000);
  const repository = repositoryOf(keystone);
  const token = await keystone.issue();
  const end = new AbortController();
  let answers = 0;
  const asking = (async () => {
    for (; !end.signal.aborted; answers++) t.is(await keystone.validate(token, token), 200);
  })();
  for (let round = 0; round < 30; round++) {
    const found = await keysOf(repository);
    await repository.apply([{ index: 0, key: FernetKey.generate() }, ...found.slice(1)], printsOf(found));
  }
  end.abort();
  await asking;
  t.true(answers > 0, `${answers} answers`);
});
