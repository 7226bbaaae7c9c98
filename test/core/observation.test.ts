import test from 'ava';
import { saysTheSame } from '../../src/core/observation.ts';

const seen = { health: 'ok', detail: 'answered', facts: { owner: true } } as const;

test('an observation with the same health and facts is not news, whatever its sentence', (t) => {
  t.true(saysTheSame(seen, { ...seen, detail: 'answered in 3 ms' }));
});

test('a change of health, of a fact, or the first observation is news', (t) => {
  t.false(saysTheSame(undefined, seen));
  t.false(saysTheSame(seen, { ...seen, health: 'failed' }));
  t.false(saysTheSame(seen, { ...seen, facts: { owner: false } }));
  t.false(saysTheSame(seen, { ...seen, facts: {} }));
});
