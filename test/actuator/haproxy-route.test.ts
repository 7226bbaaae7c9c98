/** The adapter keeps the contract of a route with a real HAProxy. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { HaproxyRoute } from '../../src/actuator/haproxy-route.ts';
import { grantsOf } from '../../src/core/grants.ts';
import { HaproxyWorld } from '../contract/haproxy-world.ts';
import { routeContract } from '../contract/route-contract.ts';

routeContract(test, () => HaproxyWorld.start());

test('an HAProxy that accepts and does not answer is given up in time', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-route-'));
  const socketPath = join(directory, 's.sock');
  const silent = createServer(() => {});
  t.teardown(async () => {
    silent.close();
    await rm(directory, { recursive: true });
  });
  await new Promise<void>((resolve) => silent.listen(socketPath, resolve));
  const haproxy = { socket: socketPath, backends: ['database'] };
  const routes = new HaproxyRoute({
    socketPath,
    grants: grantsOf({ files: [], units: [], addresses: [], haproxy }),
    timeoutMs: 50,
  });
  t.like(await routes.apply({ backend: 'database', ready: [], sessions: 'end' }), { ok: false, refusal: 'Failed' });
});
