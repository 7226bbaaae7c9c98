/** The fake keeps the contract of Keystone's memory. */
import test from 'ava';
import { testCacheContract } from '../contract/cache-contract.ts';
import { MemoryCache, type MemoryCacheServer } from './memory-cache.ts';

testCacheContract(test, async () => {
  const server = (address: string): MemoryCacheServer => ({ address, kept: new Map([['token', 'it']]), isUp: true });
  const servers = [server('192.0.2.11:11211'), server('192.0.2.12:11211')] as const;
  const at = (address: string) => servers.find((each) => each.address === address) ?? servers[0];
  return {
    addresses: [servers[0].address, servers[1].address],
    actuator: (grants) => new MemoryCache(servers, grants),
    kept: async (address) => at(address).kept.size,
    kill: async (address) => {
      at(address).isUp = false;
    },
    stop: async () => {},
  };
});
