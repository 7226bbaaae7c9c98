/**
 * Goal: the checks of an idle system fail for one write, for an agent that was not alive, and for too short a look.
 */

import test from 'ava';
import { type IdleResult, use } from './idle.ts';
import { idleChecks } from './idle-checks.ts';

const SEEN = [{ pid: 1, cpuMs: 0, rssBytes: 1, pssBytes: 1 }];

const agent = (...complaints: readonly string[]) => ({ host: 'north-1', ...use(SEEN, complaints, 60_000) });

const anIdle = (difference: Partial<IdleResult> = {}): IdleResult => ({
  durationMs: 60_001,
  stores: ['north', 'south', 'global'].map((store) => ({ store, revisionDelta: 0, changed: [] })),
  agents: [agent()],
  ...difference,
});

const failed = (result: IdleResult) => idleChecks(result).filter((each) => !each.ok);

test('a system that writes nothing passes', (t) => {
  t.deepEqual(failed(anIdle()), []);
});

test('one write to one store fails, and its key is named', (t) => {
  const stores = [{ store: 'global', revisionDelta: 1, changed: ['/a written'] }];
  t.deepEqual(
    failed(anIdle({ stores })).map((each) => each.detail),
    ['1 writes, /a written'],
  );
});

test('silence of agents that were not alive is no promise kept', (t) => {
  t.regex(failed(anIdle({ agents: [agent('healthz: no')] }))[0]?.detail ?? '', /north-1: healthz: no/);
  t.is(failed(anIdle({ agents: [] })).length, 1);
});

test('a look shorter than a minute proves nothing', (t) => {
  t.is(failed(anIdle({ durationMs: 59_000 })).length, 3);
});
