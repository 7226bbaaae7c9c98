/**
 * `npm test`: every suite in order, a line of progress for each, and one line at the end that sums up all of them:
 * `N passed, N failed, N skipped`. Format and types count as tests. Exit code 0 only if nothing failed, 1 if something did,
 * 2 for wrong usage, 130 when interrupted.
 */

import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { interruption } from './demo/interruption.ts';
import { SIMULATION_FLAGS } from './launch.mjs';
import { avaSuite } from './suites/ava.ts';
import { suiteFiles } from './suites/files.ts';
import { addCounts, type Counts, countsLine, type Suite } from './suites/suite.ts';
import { systemSuite } from './suites/system.ts';
import { toolSuite } from './suites/tool.ts';

const TOOLS = 'node_modules/.bin';

/** Contract tests boot real daemons, which take turns on two cores. */
const suites: Readonly<Record<string, Suite>> = {
  format: toolSuite('format and lint', [`${TOOLS}/biome`, 'check', '--error-on-warnings', '--colors=off']),
  types: toolSuite('types', [`${TOOLS}/tsc`, '--noEmit', '--pretty', 'false']),
  unit: avaSuite('unit tests', { files: () => suiteFiles('unit'), concurrency: 2 }),
  contract: avaSuite('contract tests', { files: () => suiteFiles('contract'), concurrency: 1, needsImage: true }),
  simulation: avaSuite('simulation', {
    files: () => suiteFiles('simulation'),
    concurrency: 2,
    nodeFlags: SIMULATION_FLAGS,
  }),
  system: systemSuite,
};

function chosenSuites(): readonly string[] {
  const known = Object.keys(suites);
  const collect = (name: string, earlier: readonly string[] = []): readonly string[] => {
    if (!known.includes(name)) throw new InvalidArgumentError(`Suites are: ${known.join(', ')}.`);
    return [...earlier, name];
  };
  const options = new Command('npm test --')
    .description('Runs every test: format, types, unit, contract, simulation, and the demo as the system suite.')
    .option('--only <suite>', `run this suite; may be repeated: ${known.join(', ')}`, collect)
    .exitOverride()
    .parse()
    .opts<{ readonly only?: readonly string[] }>();
  return options.only ?? known;
}

async function runAll(names: readonly string[]): Promise<number> {
  const say = (line: string): void => console.log(line);
  const signal = interruption(say);
  const startedAtMs = performance.now();
  let total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const name of names) {
    const suite = suites[name];
    if (suite === undefined || signal.aborted) break;
    const suiteStartedAtMs = performance.now();
    say(`[${elapsed(startedAtMs)}] ${suite.title}: running`);
    const counts = await suite.run({ say, signal });
    total = addCounts(total, counts);
    say(`[${elapsed(startedAtMs)}] ${suite.title}: ${countsLine(counts)} in ${elapsed(suiteStartedAtMs)}`);
  }
  say(countsLine(total));
  if (signal.aborted) return 130;
  return total.failed === 0 ? 0 : 1;
}

function elapsed(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

try {
  process.exitCode = await runAll(chosenSuites());
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
