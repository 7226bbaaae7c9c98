import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { haproxyProbe } from '../../src/probe/haproxy-probe.ts';
import { listen, look, temporaryDirectory } from './look.ts';

const INFO = 'Name: HAProxy\nVersion: 2.6.12\nPid: 4711\nUptime_sec: 99\n\n';
const HEADER = '# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight,';

function stat(...rows: readonly (readonly [string, string, string])[]): string {
  const lines = rows.map(([proxy, server, status]) => `${proxy},${server},0,0,7,9,,1234,${status},1,`);
  return [HEADER, ...lines, '', ''].join('\n');
}

async function fakeHaproxy(t: ExecutionContext, answer: string): Promise<{ path: string; asked: string[] }> {
  const path = join(await temporaryDirectory(t), 'admin.sock');
  const asked: string[] = [];
  await listen(
    t,
    (socket) =>
      socket.on('data', (chunk) => {
        asked.push(chunk.toString());
        socket.end(answer);
      }),
    path,
  );
  return { path, asked };
}

const probeOf = (socketPath: string, timeoutMs = 5000) => haproxyProbe({ socketPath, everyMs: 1000, timeoutMs });

test('an HAProxy that answers is ok, with its process and the servers that take traffic', async (t) => {
  const rows = stat(
    ['keystone', 'FRONTEND', 'OPEN'],
    ['keystone', 'a', 'UP'],
    ['keystone', 'b', 'UP 1/2'],
    ['keystone', 'c', 'DOWN 1/2'],
    ['keystone', 'd', 'MAINT'],
    ['keystone', 'e', 'no check'],
    ['keystone', 'BACKEND', 'UP'],
    ['database', 'a', 'DOWN'],
    ['database', 'b', 'DRAIN'],
    ['database', 'c', 'NOLB'],
    ['database', 'BACKEND', 'DOWN'],
    ['stats', 'FRONTEND', 'OPEN'],
  );
  const { path, asked } = await fakeHaproxy(t, INFO + rows);
  const { health, detail, facts } = await look(probeOf(path));
  t.is(health, 'ok', 'an empty backend is not the fault of HAProxy');
  t.regex(detail, /database/);
  t.deepEqual(facts, { pid: 4711, 'up:keystone': 3, 'up:database': 0 });
  t.deepEqual(asked, ['show info;show stat\n'], 'it only reads');
});

test('no socket, and a socket that nobody listens on, are failures', async (t) => {
  const directory = await temporaryDirectory(t);
  t.is((await look(probeOf(join(directory, 'none.sock')))).health, 'failed');
});

test('an HAProxy that accepts and is silent has failed after the time limit', async (t) => {
  const path = join(await temporaryDirectory(t), 'admin.sock');
  await listen(t, (socket) => socket.resume(), path);
  const { health, detail } = await look(probeOf(path, 100));
  t.is(health, 'failed');
  t.regex(detail, /100 ms/);
});

test('an HAProxy that closes without a word has failed', async (t) => {
  const { path } = await fakeHaproxy(t, '');
  t.is((await look(probeOf(path))).health, 'failed');
});

test('an answer that is not understood tells nothing', async (t) => {
  const { path } = await fakeHaproxy(t, 'Permission denied\n\nPermission denied\n\n');
  const seen = await look(probeOf(path));
  t.deepEqual([seen.health, seen.facts], ['unknown', {}]);
});

test('a path that may not or cannot be asked, and a look that is ended, tell nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const tooLong = join(directory, 'x'.repeat(200));
  t.is((await look(probeOf(tooLong))).health, 'unknown');
  const ending = new AbortController();
  const path = join(directory, 'admin.sock');
  await listen(t, () => ending.abort(), path);
  t.is((await probeOf(path).observe(ending.signal)).health, 'unknown');
});
