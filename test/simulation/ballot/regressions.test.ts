/**
 * Seeds that stay, by the name of what they showed: the code as it was then broke a promise in them, whatever the seeds of
 * the other tests become.
 */
import test from 'ava';
import { simulateBallots } from './world.ts';

const SEEDS = {
  'an acker that a new term has forgotten, and that has not heard of it, proves nothing': 6_566,
  'an agent that is stopped in order before it has read the store can leave no hold': 6_111,
  'a release that the store did not answer leaves the promises as they are': 1_113,
} as const;

for (const [title, seed] of Object.entries(SEEDS)) {
  test(`${title} (seed ${seed})`, async (t) => {
    const { violations, log } = await simulateBallots(seed);
    t.deepEqual(violations, [], log.join('\n'));
  });
}
