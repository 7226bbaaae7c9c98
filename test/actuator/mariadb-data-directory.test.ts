/** Three directories beside each other: what lies where, and that a directory that may not be renamed is not. */
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { MariadbDataDirectory } from '../../src/actuator/mariadb-data-directory.ts';
import { grantsOf, noGrants } from '../../src/core/grants.ts';

async function here(t: ExecutionContext, name = 'mysql') {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'regent-data-')));
  t.teardown(() => rm(parent, { recursive: true }));
  const path = join(parent, name);
  await mkdir(path);
  await writeFile(join(path, 'old'), 'old data');
  const directory = new MariadbDataDirectory({
    path,
    grants: grantsOf({ files: [path], units: [], addresses: [], haproxy: null }),
  });
  return { parent, path, directory };
}

test('a copy counts for its own order only', async (t) => {
  const { directory } = await here(t);
  t.deepEqual(await directory.look('o1'), { data: 'own', incoming: 'none', aside: false });
  await directory.makeIncoming();
  t.is((await directory.look('o1')).incoming, 'partial');
  await directory.mark('o1', 'received');
  t.is((await directory.look('o1')).incoming, 'received');
  t.is((await directory.look('o2')).incoming, 'partial');
  await directory.mark('o1', 'prepared');
  await directory.swap();
  t.deepEqual(await directory.look('o1'), { data: 'new', incoming: 'none', aside: true });
  t.is((await directory.look('o2')).data, 'own');
});

test('an exchange that was cut off is finished, and so is its undoing', async (t) => {
  const { path, directory } = await here(t);
  await directory.makeIncoming();
  await directory.mark('o1', 'prepared');
  await directory.swap();
  await rm(path, { recursive: true });
  t.deepEqual(await directory.look('o1'), { data: 'none', incoming: 'none', aside: true });
  await directory.swapBack();
  t.is(await readFile(join(path, 'old'), 'utf8'), 'old data');
});

test('old data of another rebuild is not overwritten', async (t) => {
  const { path, directory } = await here(t);
  await mkdir(`${path}.regent-old`);
  await directory.makeIncoming();
  await t.throwsAsync(directory.swap(), { code: 'NotExchangeable' });
  t.is(await readFile(join(path, 'old'), 'utf8'), 'old data');
});

test('without a grant nothing is touched', async (t) => {
  const { path } = await here(t);
  const directory = new MariadbDataDirectory({ path, grants: noGrants });
  for (const touch of [
    () => directory.free(),
    () => directory.makeIncoming(),
    () => directory.swap(),
    () => directory.swapBack(),
  ])
    await t.throwsAsync(touch(), { code: 'NotGranted' });
  await t.throwsAsync(directory.discardOld(), { code: 'NotGranted' });
});

test('a link is not renamed, nor anything behind one', async (t) => {
  const { parent, path } = await here(t);
  await symlink(path, join(parent, 'link'));
  await symlink(parent, `${parent}-link`);
  t.teardown(() => rm(`${parent}-link`));
  for (const named of [join(parent, 'link'), join(`${parent}-link`, 'mysql')]) {
    const grants = grantsOf({ files: [named], units: [], addresses: [], haproxy: null });
    await t.throwsAsync(new MariadbDataDirectory({ path: named, grants }).free(), { code: 'NotExchangeable' });
  }
});

test('a mount point is not renamed', async (t) => {
  const grants = grantsOf({ files: ['/proc'], units: [], addresses: [], haproxy: null });
  await t.throwsAsync(new MariadbDataDirectory({ path: '/proc', grants }).free(), { code: 'NotExchangeable' });
});

test('what there is and what is free is counted', async (t) => {
  const { directory } = await here(t);
  t.is(await directory.used(), 8);
  t.true((await directory.free()) > 0);
});
