import test from 'ava';
import fc from 'fast-check';
import type { IdentityState } from '../../src/core/desired.ts';
import {
  type IdentityEvidence,
  type IdentityLimits,
  type IdentityWalk,
  walkIdentity,
} from '../../src/core/identity-state.ts';

const limits: IdentityLimits = {
  isolateAfterMs: 60_000,
  returnAfterMs: 30_000,
  cooldownMs: 300_000,
  returning: 'automatic',
};
const blind: IdentityEvidence = {
  failedForMs: undefined,
  okForMs: undefined,
  anyFailed: false,
  ownKeystoneWorks: true,
  awayForMs: 300_000,
};

const walks = test.macro((t, from: IdentityState, seen: Partial<IdentityEvidence>, expected: Partial<IdentityWalk>) => {
  const evidence = { ...blind, ...seen };
  const none = { state: from, entered: [], blocked: undefined, changesInMs: undefined };
  t.deepEqual(walkIdentity(from, evidence, limits), { ...none, ...expected });
});

const failing = (failedForMs: number) => ({ failedForMs, anyFailed: true });
const minority = { anyFailed: true };

test('home stays home while nobody fails', walks, 'home', { okForMs: 9 }, {});
test('home stays home while nobody can see', walks, 'home', {}, {});
test('home does not become suspect by a minority', walks, 'home', minority, { blocked: 'MinorityOfObservers' });
test('home becomes suspect as soon as a majority fails', walks, 'home', failing(0), {
  state: 'suspect',
  entered: ['suspect'],
  changesInMs: 60_000,
});
test('home goes through suspect to isolated when the time has already passed', walks, 'home', failing(60_000), {
  state: 'isolated',
  entered: ['suspect', 'isolated'],
});
test('suspect waits for the time of the policy', walks, 'suspect', failing(59_999), { changesInMs: 1 });
test('suspect becomes isolated at the time of the policy', walks, 'suspect', failing(60_000), {
  state: 'isolated',
  entered: ['isolated'],
});
test(
  'suspect does not become isolated without an own Keystone that works',
  walks,
  'suspect',
  { ...failing(60_000), ownKeystoneWorks: false },
  {
    blocked: 'NoHealthyTarget',
  },
);
test(
  'suspect is home again when a majority is ok',
  walks,
  'suspect',
  { okForMs: 0 },
  { state: 'home', entered: ['home'] },
);
test('suspect with neither majority moves nothing', walks, 'suspect', minority, { blocked: 'MinorityOfObservers' });
test('suspect does not go home by going blind', walks, 'suspect', {}, {});
test('isolated stays isolated while home fails', walks, 'isolated', failing(99_999), {});
test('isolated stays isolated while nobody can see', walks, 'isolated', {}, {});
test(
  'isolated starts to return when a majority is ok',
  walks,
  'isolated',
  { okForMs: 0 },
  {
    state: 'returning',
    entered: ['returning'],
    changesInMs: 30_000,
  },
);
test(
  'isolated goes through returning to home when the time has already passed',
  walks,
  'isolated',
  { okForMs: 30_000 },
  {
    state: 'home',
    entered: ['returning', 'home'],
  },
);
test('returning waits for the time of the policy', walks, 'returning', { okForMs: 29_999 }, { changesInMs: 1 });
test(
  'returning is home at the time of the policy',
  walks,
  'returning',
  { okForMs: 30_000 },
  { state: 'home', entered: ['home'] },
);
test('returning is isolated again when a majority fails again', walks, 'returning', failing(0), {
  state: 'isolated',
  entered: ['isolated'],
});
test('returning with neither majority moves nothing', walks, 'returning', minority, {});

test(
  'a region that has not been away for the cooldown waits for it, and says so',
  walks,
  'returning',
  { okForMs: 30_000, awayForMs: 299_000 },
  { blocked: 'Cooldown', changesInMs: 1_000 },
);

test('a manual return waits for the operator, and says so', (t) => {
  const walk = walkIdentity('returning', { ...blind, okForMs: 99_999 }, { ...limits, returning: 'manual' });
  t.is(walk.state, 'returning');
  t.is(walk.blocked, 'ManualPromotion');
});

const states: readonly IdentityState[] = ['home', 'suspect', 'isolated', 'returning'];
const forMs = fc.nat(120_000);
const evidence = fc.oneof(
  fc.record({
    failedForMs: forMs,
    okForMs: fc.constant(undefined),
    anyFailed: fc.constant(true),
    ownKeystoneWorks: fc.boolean(),
    awayForMs: fc.nat(600_000),
  }),
  fc.record({
    failedForMs: fc.constant(undefined),
    okForMs: forMs,
    anyFailed: fc.boolean(),
    ownKeystoneWorks: fc.boolean(),
    awayForMs: fc.nat(600_000),
  }),
  fc.record({
    failedForMs: fc.constant(undefined),
    okForMs: fc.constant(undefined),
    anyFailed: fc.boolean(),
    ownKeystoneWorks: fc.boolean(),
    awayForMs: fc.nat(600_000),
  }),
);

test('no walk skips a state, and walking again from where it ended moves nothing', (t) => {
  const allowed = new Set([
    'home>suspect',
    'suspect>home',
    'suspect>isolated',
    'isolated>returning',
    'returning>isolated',
    'returning>home',
  ]);
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      evidence,
      fc.constantFrom('automatic', 'manual'),
      (from, seen, returning) => {
        const rules = { ...limits, returning };
        const walk = walkIdentity(from, seen, rules);
        const path = [from, ...walk.entered];
        const legal = path.slice(1).every((state, index) => allowed.has(`${path[index]}>${state}`));
        return legal && path.at(-1) === walk.state && walkIdentity(walk.state, seen, rules).entered.length === 0;
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});
