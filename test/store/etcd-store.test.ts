/**
 * The etcd store under the contract of all stores, against Debian's etcd in a lab. What a cluster does when its
 * members die, freeze or stop leading is in etcd-members.test.ts.
 */
import test from 'ava';
import { systemClock, systemTimers } from '../../src/runtime/clock.ts';
import { openEtcdStore } from '../../src/store/etcd-store.ts';
import { storeContract } from './contract.ts';
import { startEtcdHarness } from './etcd-harness.ts';

storeContract(test, startEtcdHarness, async () =>
  openEtcdStore({ name: 'regional', endpoints: ['127.0.0.1:9'], clock: systemClock, timers: systemTimers }),
);
