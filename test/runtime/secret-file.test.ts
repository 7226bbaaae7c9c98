import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { readSecret } from '../../src/runtime/secret-file.ts';

async function file(t: ExecutionContext, content: string, mode: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'regent-secret-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'secret');
  await writeFile(path, content, { mode });
  return path;
}

test('a secret is the file without the line break at its end', async (t) => {
  t.is((await readSecret(await file(t, ' hunter2 \n', 0o600))).reveal(), ' hunter2 ');
  t.is((await readSecret(await file(t, 'hunter2', 0o400))).reveal(), 'hunter2');
});

test('a secret shows itself to nobody who prints it', async (t) => {
  const secret = await readSecret(await file(t, 'hunter2', 0o600));
  for (const shown of [`${secret}`, JSON.stringify({ secret }), inspect(secret, { depth: 9, showHidden: true })]) {
    t.false(shown.includes('hunter2'), shown);
  }
});

test('a file that others may use, an empty one and a missing one are refused with a remedy', async (t) => {
  for (const mode of [0o640, 0o604, 0o610]) {
    await t.throwsAsync(readSecret(await file(t, 'hunter2', mode)), { code: 'SecretUnusable', message: /chmod 0600/ });
  }
  await t.throwsAsync(readSecret(await file(t, '\n', 0o600)), { code: 'SecretUnusable', message: /empty/ });
  await t.throwsAsync(readSecret('/nonexistent/secret'), { code: 'SecretUnusable', message: /ENOENT/ });
});
