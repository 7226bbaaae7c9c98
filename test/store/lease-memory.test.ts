import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fileLeaseMemory } from '../../src/store/lease-memory.ts';

let directory: string;
test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'regent-memory-'));
});
test.after.always(() => rm(directory, { recursive: true, force: true }));

test('what was saved is loaded, by this process or the next', async (t) => {
  const path = join(directory, 'new', 'lease.json');
  t.is(await fileLeaseMemory(path).load(), undefined);
  await fileLeaseMemory(path).save({ leaseId: '310645010826073795', epoch: '54' });
  t.deepEqual(await fileLeaseMemory(path).load(), { leaseId: '310645010826073795', epoch: '54' });
  t.is((await stat(path)).mode & 0o777, 0o600);
  t.deepEqual(await readdir(join(directory, 'new')), ['lease.json']);
  await fileLeaseMemory(path).clear();
  await fileLeaseMemory(path).clear();
  t.is(await fileLeaseMemory(path).load(), undefined);
});

for (const text of ['', '{', 'null', '{"leaseId":5}', '{"leaseId":"../x"}']) {
  test(`a file that holds ${JSON.stringify(text)} is no memory`, async (t) => {
    const path = join(directory, `torn-${text.length}.json`);
    await writeFile(path, text);
    t.is(await fileLeaseMemory(path).load(), undefined);
  });
}
