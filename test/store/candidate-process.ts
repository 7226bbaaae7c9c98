/**
 * One candidate in a process of its own, for the test that kills it: told on standard input where the store is, it writes
 * one line per election, and goes on until it is killed.
 */
import { json } from 'node:stream/consumers';
import { systemClock, systemRandom, systemTimers } from '../../src/runtime/clock.ts';
import { Election } from '../../src/store/election.ts';
import { openEtcdStore } from '../../src/store/etcd-store.ts';
import { fileLeaseMemory } from '../../src/store/lease-memory.ts';

export interface CandidatePlan {
  readonly endpoints: readonly string[];
  /** PEM. */
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: string };
  readonly key: string;
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly memoryPath: string;
}

const plan = (await json(process.stdin)) as CandidatePlan;
const { ca, certificate, key } = plan.tls;
const tls = { ca: Buffer.from(ca), certificate: Buffer.from(certificate), key: Buffer.from(key) };
const ports = { clock: systemClock, timers: systemTimers };
const election = new Election({
  store: openEtcdStore({ name: 'regional', endpoints: plan.endpoints, tls, ...ports }),
  key: plan.key,
  value: 'killed',
  ttlMs: plan.ttlMs,
  marginMs: plan.marginMs,
  ...ports,
  random: systemRandom,
  memory: fileLeaseMemory(plan.memoryPath),
  onElected: (epoch) => process.stdout.write(`elected ${epoch}\n`),
  onDeposed: (reason) => process.stdout.write(`deposed ${reason}\n`),
});
await election.start();
