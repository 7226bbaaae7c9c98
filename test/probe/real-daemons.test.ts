/** What the probes understand of HAProxy and memcached is what the real ones say. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { haproxyProbe } from '../../src/probe/haproxy-probe.ts';
import { memcachedProbe } from '../../src/probe/memcached-probe.ts';
import type { Probe } from '../../src/probe/probe.ts';
import { Lab } from '../bed/lab.ts';
import { look } from './look.ts';

/** Backend `some`: one server up, one down, one in maintenance, one without a check; `none`: a server that is down. */
const CONFIGURATION = `
global
    stats socket /run/haproxy.sock mode 660 level user
defaults
    mode tcp
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    timeout check 10s
    default-server inter 50ms fall 1 rise 1
frontend front
    bind 127.0.0.1:8000
    default_backend some
backend some
    server up 127.0.0.1:11211 check
    server down 127.0.0.1:1 check
    server away 127.0.0.1:11211 check disabled
    server unchecked 127.0.0.1:11211
backend none
    server down 127.0.0.1:1 check
`;

/** Of a look: a daemon that works answers within it on a busy machine too, and one that is frozen is waited for so long. */
const LIMIT_MS = 3_000;

let lab: Lab;
test.before(async () => {
  lab = await Lab.start();
});
test.after.always(async () => {
  await lab?.stop();
});

async function until(probe: Probe, isWanted: (seen: Awaited<ReturnType<typeof look>>) => boolean) {
  for (let attempt = 0; ; attempt++) {
    const seen = await look(probe);
    if (isWanted(seen)) return seen;
    if (attempt === 200) throw new Error(`never seen as wanted, but: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}

test.serial('memcached is ok while it runs, and has failed while it is frozen and after its end', async (t) => {
  const memcached = await lab.spawn(['/usr/bin/memcached', '-u', 'memcache', '-l', '127.0.0.1', '-p', '11211']);
  const { address } = await lab.forward(11211);
  const probe = memcachedProbe({ servers: [address], everyMs: 1000, timeoutMs: LIMIT_MS });
  await until(probe, ({ health }) => health === 'ok');
  memcached.freeze();
  t.is((await look(probe)).health, 'failed');
  memcached.thaw();
  await until(probe, ({ health }) => health === 'ok');
  await memcached.kill();
  t.is((await look(probe)).health, 'failed');
});

test.serial('HAProxy is ok while it runs, and has failed while it is frozen and after its end', async (t) => {
  await lab.spawn(['/usr/bin/memcached', '-u', 'memcache', '-l', '127.0.0.1', '-p', '11211']);
  await writeFile(join(lab.directory, 'haproxy.cfg'), CONFIGURATION);
  const haproxy = await lab.spawn(['/usr/sbin/haproxy', '-db', '-f', '/lab/haproxy.cfg']);
  const probe = haproxyProbe({ socketPath: lab.pathOf('/run/haproxy.sock'), everyMs: 500, timeoutMs: LIMIT_MS });
  const { health, facts } = await until(probe, (seen) => seen.facts['up:none'] === 0);
  t.is(health, 'ok');
  const { pid, ...backends } = await until(probe, (seen) => seen.facts['up:some'] === 2).then((seen) => seen.facts);
  t.deepEqual(backends, { 'up:some': 2, 'up:none': 0 });
  t.is(pid, facts.pid ?? null);
  t.deepEqual((await look(probe)).facts, { pid, ...backends }, 'nothing changes while nothing happens');
  haproxy.freeze();
  t.is((await look(probe)).health, 'failed');
  haproxy.thaw();
  await until(probe, (seen) => seen.health === 'ok');
  await haproxy.kill();
  t.is((await look(probe)).health, 'failed');
});
