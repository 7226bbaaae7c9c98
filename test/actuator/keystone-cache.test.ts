/** The adapter keeps the contract of Keystone's memory with real memcached servers. */
import test from 'ava';
import { KeystoneCache } from '../../src/actuator/keystone-cache.ts';
import { askMemcached } from '../../src/probe/memcached-client.ts';
import { Lab } from '../bed/lab.ts';
import { type CacheWorld, testCacheContract } from '../contract/cache-contract.ts';

const PORTS = [11211, 11212] as const;
const KEY = 'token';
/** A busy machine answers late; one that is dead refuses at once. */
const TIMEOUT_MS = 10_000;

async function start(): Promise<CacheWorld> {
  const lab = await Lab.start();
  const servers = await Promise.all(
    PORTS.map(async (port) => {
      const process = await lab.spawn(['/usr/bin/memcached', '-u', 'memcache', '-l', '127.0.0.1', '-p', String(port)]);
      const { address } = await lab.forward(port);
      await remember(address);
      return { address, process };
    }),
  );
  const addresses = servers.map(({ address }) => address);
  return {
    addresses: [addresses[0] ?? '', addresses[1] ?? ''],
    actuator: (grants) => new KeystoneCache({ servers: addresses, grants, timeoutMs: TIMEOUT_MS }),
    kept: async (address) => {
      const answer = await ask(address, async (client) => (await client.get(KEY)).value);
      if (!answer.ok) throw new Error(answer.detail);
      return answer.value === null ? 0 : 1;
    },
    kill: async (address) => {
      await servers.find((each) => each.address === address)?.process.kill();
    },
    stop: () => lab.stop(),
  };
}

const ask: <T>(address: string, what: Parameters<typeof askMemcached<T>>[1]) => ReturnType<typeof askMemcached<T>> = (
  address,
  what,
) => askMemcached({ address, timeoutMs: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) }, what);

/** Until the server has started. */
async function remember(address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await ask(address, (client) => client.set(KEY, 'it', { expires: 0 }));
    if (answer.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`memcached at ${address} was not ready`);
}

testCacheContract(test, start);
