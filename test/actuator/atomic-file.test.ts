import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readIfPresent, removeGranted, writeGranted } from '../../src/actuator/atomic-file.ts';
import { grantsOf } from '../../src/core/grants.ts';

async function granted(t: ExecutionContext) {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'regent-file-')));
  t.teardown(() => rm(directory, { recursive: true }));
  const grants = grantsOf({ files: [`${directory}/*`], units: [], addresses: [], haproxy: null });
  return { directory, grants, path: join(directory, 'f.conf') };
}

test('a file is written with its mode, and nothing else is left behind', async (t) => {
  const { directory, grants, path } = await granted(t);
  t.like(await writeGranted(grants, { path, content: 'x\n', mode: 0o640 }), { ok: true, changed: true });
  t.is(await readFile(path, 'utf8'), 'x\n');
  t.is((await stat(path)).mode & 0o7777, 0o640);
  t.deepEqual(await readdir(directory), ['f.conf']);
});

test('an unchanged file is not written, and one with another mode is', async (t) => {
  const { grants, path } = await granted(t);
  await writeGranted(grants, { path, content: 'x', mode: 0o644 });
  const { ino } = await stat(path);
  t.like(await writeGranted(grants, { path, content: 'x', mode: 0o644 }), { ok: true, changed: false });
  t.is((await stat(path)).ino, ino);
  await chmod(path, 0o666);
  t.like(await writeGranted(grants, { path, content: 'x', mode: 0o644 }), { ok: true, changed: true });
  t.is((await stat(path)).mode & 0o7777, 0o644);
});

test('a reader sees the old file or the new one, never a part', async (t) => {
  const { grants, path } = await granted(t);
  const contents = ['a', 'b'].map((letter) => letter.repeat(300_000));
  await writeGranted(grants, { path, content: contents[0] ?? '', mode: 0o644 });
  const seen = new Set<string>();
  let isWriting = true;
  const reading = (async () => {
    while (isWriting) seen.add(await readFile(path, 'utf8'));
  })();
  for (let round = 0; round < 20; round++)
    await writeGranted(grants, { path, content: contents[round % 2] ?? '', mode: 0o644 });
  isWriting = false;
  await reading;
  t.true([...seen].every((text) => contents.includes(text)));
});

test('a path without a grant, through a link, or onto a link is refused and stays untouched', async (t) => {
  const { directory, grants, path } = await granted(t);
  await mkdir(join(directory, 'd'));
  await symlink(directory, join(directory, 'link'));
  await writeFile(join(directory, 'd/secret'), 'kept');
  await symlink(join(directory, 'd/secret'), path);
  const wide = grantsOf({ files: [`${directory}/link/*`], units: [], addresses: [], haproxy: null });
  const refused = { ok: false, refusal: 'NotGranted' } as const;
  t.like(await writeGranted(grants, { path: join(directory, 'd/f'), content: '', mode: 0o644 }), refused);
  t.like(await writeGranted(wide, { path: join(directory, 'link/f'), content: '', mode: 0o644 }), refused);
  t.like(await writeGranted(grants, { path, content: 'lost', mode: 0o644 }), refused);
  t.like(await removeGranted(grants, path), refused);
  t.is(await readFile(join(directory, 'd/secret'), 'utf8'), 'kept');
  t.deepEqual((await readdir(directory)).sort(), ['d', 'f.conf', 'link']);
});

test('a file is removed once, and removing nothing is success', async (t) => {
  const { grants, path } = await granted(t);
  await writeGranted(grants, { path, content: 'x', mode: 0o644 });
  t.like(await removeGranted(grants, path), { ok: true, changed: true });
  t.is(await readIfPresent(path), undefined);
  t.like(await removeGranted(grants, path), { ok: true, changed: false });
});
