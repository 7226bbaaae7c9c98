import test from 'ava';
import type { Policy } from '../../src/core/policy.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { DATABASE, IDENTITY, policyOf, VIP } from './a-world.ts';

const tells = test.macro((t, policy: Policy, ...facts: readonly string[]) => {
  const text = explainPolicy(policy).join('\n');
  for (const fact of facts) t.true(text.includes(fact), `${fact}\nis not told in\n${text}`);
});

test(
  'an address is explained with its owners and times',
  tells,
  policyOf(VIP),
  '198.51.100.10/24',
  'south-1 or south-2',
  '2s',
  '10s',
);
test(
  'a database is explained with its lease, its budget and its commands',
  tells,
  policyOf(DATABASE),
  '2400ms',
  'only by command',
  '60s',
  'at most 0s',
);
test(
  'a lossless database is explained as such',
  tells,
  { ...policyOf(DATABASE), durability: 'lossless' } as Policy,
  'no acknowledged write is lost',
);
test(
  'an identity route is explained with its majority',
  tells,
  policyOf(IDENTITY),
  '2 of south-1 and south-2',
  '60s',
  'nothing can be changed',
);
test(
  'a manual return is explained',
  tells,
  { ...policyOf(IDENTITY), returning: 'manual' } as Policy,
  'only when an operator says so',
);

for (const [kind, text] of Object.entries({ VIP, DATABASE, IDENTITY })) {
  test(`a policy that observes says so before anything else (${kind})`, (t) => {
    const [first] = explainPolicy({ ...policyOf(text), mode: 'observe' });
    t.true(first?.includes('only observes'));
    t.false(explainPolicy(policyOf(text))[0]?.includes('only observes'));
  });
}
