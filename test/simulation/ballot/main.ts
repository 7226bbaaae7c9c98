/** Runs schedules of the database's ballots and says what they violated. One printed seed replays its schedule exactly. */
import { parseArgs } from 'node:util';
import { simulateBallots } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const schedules = Number(values.schedules ?? (values.seed === undefined ? 300 : 1));
const counts = new Map<string, number>();
let violated = 0;
console.log(`seeds ${seed} to ${seed + schedules - 1}`);
for (let current = seed; current < seed + schedules; current++) {
  const result = await simulateBallots(current);
  for (const [what, count] of result.counts) counts.set(what, (counts.get(what) ?? 0) + count);
  if (result.violations.length > 0) violated += 1;
  if (result.violations.length > 0 || values.log) console.log(`seed ${current}\n${result.log.join('\n')}`);
}
for (const [what, count] of counts) console.log(`${count} × ${what}`);
console.log(`${schedules} schedules, ${violated} with a violation`);
process.exitCode = violated === 0 ? 0 : 1;
