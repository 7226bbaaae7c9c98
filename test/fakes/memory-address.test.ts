/** Addresses in memory keep the contract that keepalived keeps. */
import test from 'ava';
import { grantsOf } from '../../src/core/grants.ts';
import { addressContract } from '../contract/address-contract.ts';
import { type AddressHost, type AddressWorld, wantedOf } from '../contract/address-world.ts';
import { MemoryAddress, MemoryAddresses } from './memory-address.ts';

const GRANTS = grantsOf({ files: [], units: [], addresses: ['192.0.2.0/24'], haproxy: null });

function world(): AddressWorld {
  const addresses = new MemoryAddresses(['host0']);
  const history: string[] = ['h1'];
  for (const host of ['h1', 'h2'] as const)
    addresses.of(host).set('vip', wantedOf(host, { priority: host === 'h1' ? 150 : 100 }));
  const owners = (): string => addresses.owner('vip') ?? '';
  const note = (): void => {
    if (history.at(-1) !== owners()) history.push(owners());
  };
  return {
    actuator: (host: AddressHost, grants = GRANTS) => {
      const actuator = new MemoryAddress(addresses, host, grants);
      return { apply: (wanted) => actuator.apply(wanted).finally(note) };
    },
    owners: async () => owners(),
    history: () => history.splice(0, history.length - 1).concat(history),
    stop: async () => {},
  };
}

addressContract(test, async () => world());
