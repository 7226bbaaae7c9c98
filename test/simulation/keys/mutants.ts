/** Planted bugs in the rules of the keys, each with the checker that has to find it. */
import type { BallotMutant, Schedules } from '../ballot/mutants.ts';

export const KEYS: Schedules = { file: '../keys/world.ts', simulate: 'simulateKeys' };

const ACCOUNTING = 'src/core/keys/key-accounting.ts';
const DECISION = 'src/core/keys/keys-decision.ts';
const STEPS = 'src/core/keys/key-steps.ts';
const LIFETIME = 'src/core/keys/key-lifetime.ts';
const NODE = 'src/core/keys/node-keys.ts';

export const KEYS_MUTANTS: readonly BallotMutant[] = [
  {
    bug: 'a node that nobody hears of does not count',
    file: ACCOUNTING,
    find: "standing !== 'confirmed');",
    replace: "standing !== 'confirmed' && standing !== 'unheard');",
    found: 'step',
  },
  {
    bug: 'a step does not wait for those that are on their way',
    file: ACCOUNTING,
    find: "standing !== 'confirmed');",
    replace: "standing !== 'confirmed' && standing !== 'behind');",
    found: 'step',
  },
  {
    bug: 'a key is promoted that nobody has staged',
    file: STEPS,
    find: '{ index, from: staged, retiredAtMs: null }]',
    replace: "{ index, from: 'fresh', retiredAtMs: null }]",
    found: 'diverged',
  },
  {
    bug: 'a node says that it has what it was told to put into place',
    file: 'src/runtime/duty/keys-node-duty.ts',
    find: "      case 'apply':\n",
    replace:
      "      case 'apply':\n        return says(wanted.keys.map(({ index, fingerprint }) => ({ index, fingerprint })), null, '');\n",
    found: 'step',
  },
  {
    bug: 'a key goes although tokens need it',
    file: LIFETIME,
    find: 'return (retiredAtMs ?? Number.POSITIVE_INFINITY) + tokenLifetimeMs(policy);',
    replace: 'return retiredAtMs === null ? Number.POSITIVE_INFINITY : 0;',
    found: 'token',
  },
  {
    bug: 'a key counts as retired since the rotation before',
    file: DECISION,
    find: 'retired(state.keys, wallMs)',
    replace: 'retired(state.keys, state.rotatedAtMs)',
    found: 'token',
  },
  {
    bug: 'the newest secondaries go first',
    file: LIFETIME,
    find: 'return secondaries.slice(0, Math.max(0, secondaries.length - (maxActive - 2)));',
    replace: 'return secondaries.slice(maxActive - 2);',
    also: {
      file: LIFETIME,
      find: 'return (retiredAtMs ?? Number.POSITIVE_INFINITY) + tokenLifetimeMs(policy);',
      replace: 'return retiredAtMs === null ? Number.POSITIVE_INFINITY : 0;',
    },
    found: 'token',
  },
  {
    bug: 'other keys are overwritten by those in force',
    file: NODE,
    find: "? 'apply' : 'other';",
    replace: "? 'apply' : 'apply';",
    found: 'meddled',
  },
  {
    bug: 'an interrupted filling is taken for a node with other keys',
    file: NODE,
    find: 'if (isUnfinished && isMadeOf(found, [wanted.keys, ...wanted.accepts]))',
    replace: 'if (false)',
    found: 'I10',
  },
  {
    bug: 'a store that has gone back is believed',
    file: 'src/core/keys/keys-adoption.ts',
    find: 'return latestKnown(regions) > (state?.generation ?? 0);',
    replace: 'return false;',
    found: 'I10',
  },
  {
    bug: 'a revocation leaves the old keys where they are',
    file: STEPS,
    find: "if (kind === 'rotate') return excessOf",
    replace: 'if (kind !== undefined) return excessOf',
    found: 'revoked',
  },
  {
    bug: 'a hold holds nothing',
    file: 'src/runtime/duty/keys-arbiter-duty.ts',
    find: 'this.#deps.holds(), wallMs())',
    replace: '[], wallMs())',
    found: 'hold',
  },
  {
    bug: 'a rotation goes on under a policy that only observes',
    file: DECISION,
    find: "if (accepted.policy.mode === 'observe') return { code: 'ObserveMode', detail: 'the policy only observes' };",
    replace: '',
    found: 'observe',
  },
];
