/** The edges of a session that need no server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ServerUnreachable } from '../../src/actuator/database-server.ts';
import { MariadbSession } from '../../src/actuator/mariadb-session.ts';

const account = { user: 'regent', password: 's3cret' };

test('a server that is not there, or accepts and says nothing, is unreachable in time', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-session-'));
  const socketPath = join(directory, 's.sock');
  const session = new MariadbSession({ socketPath, ...account });
  await t.throwsAsync(session.query('SELECT 1', [], { timeoutMs: 20_000 }), {
    instanceOf: ServerUnreachable,
    code: 'ENOENT',
  });
  const silent = createServer(() => {});
  t.teardown(async () => {
    silent.close();
    await rm(directory, { recursive: true });
  });
  await new Promise<void>((resolve) => silent.listen(socketPath, resolve));
  await t.throwsAsync(session.query('SELECT 1', [], { timeoutMs: 50 }), {
    instanceOf: ServerUnreachable,
    code: 'Timeout',
  });
  const abort = new AbortController();
  const asked = session.query('SELECT 1', [], { timeoutMs: 20_000, signal: abort.signal });
  abort.abort();
  await t.throwsAsync(asked, { instanceOf: ServerUnreachable, code: 'Aborted' });
  session.close();
  await t.throwsAsync(session.query('SELECT 1', [], { timeoutMs: 50 }), {
    instanceOf: ServerUnreachable,
    code: 'Closed',
  });
});
