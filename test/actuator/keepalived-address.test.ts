/** The adapter keeps the contract of an address with two real keepalived. */
import test from 'ava';
import { addressContract } from '../contract/address-contract.ts';
import { KeepalivedWorld } from '../contract/keepalived-world.ts';

addressContract(test, () => KeepalivedWorld.start());
