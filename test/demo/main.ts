/**
 * The demo's command: words in, exit code out (0 everything held, 1 something did not, 2 wrong usage, 130 interrupted). A
 * first interruption takes the bed down in order, a second one, later than the echo of the first, ends at once.
 */

import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { LockHeld } from '../bed/lock.ts';
import { HOSTS } from '../bed/topology.ts';
import { type DemoResult, provingNothing, runDemo } from './demo.ts';
import { holdDowns } from './hold-downs.ts';
import { interruption } from './interruption.ts';
import { writeReport } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarios, systemOnly } from './scenarios/all.ts';
import { Screen } from './screen.ts';

const EXIT = { held: 0, broken: 1, usage: 2, interrupted: 130 } as const;

interface Options {
  readonly list?: boolean;
  readonly only?: readonly string[];
  readonly keep?: boolean;
  readonly report?: string;
  readonly control?: boolean;
}

function parseArguments(): Options {
  const known = [...scenarios, ...systemOnly].map((each) => each.name);
  const collect = (name: string, earlier: readonly string[] = []): readonly string[] => {
    if (!known.some((each) => each === name)) throw new InvalidArgumentError(`Scenarios are: ${known.join(', ')}.`);
    return [...earlier, name];
  };
  return new Command('npm run demo --')
    .description(
      'Builds a cloud of two regions and a witness on this machine, breaks it, and measures as a client would.',
    )
    .option('--list', 'name the scenarios and end')
    .option('--only <name>', 'run this scenario; may be repeated', collect)
    .option('--keep', 'leave the bed up at the end')
    .option('--report <file>', 'write the result as JSON')
    .option('--control', "repeat the faults with regent's agents stopped, and compare")
    .exitOverride()
    .parse()
    .opts<Options>();
}

async function run(options: Options): Promise<number> {
  const { only } = options;
  const chosen =
    only === undefined ? scenarios : [...scenarios, ...systemOnly].filter(({ name }) => only.includes(name));
  if (options.list === true) {
    for (const each of chosen) console.log(`${each.name.padEnd(15)} ${each.what}\n${''.padEnd(15)}   ${each.promise}`);
    return EXIT.held;
  }
  const screen = new Screen({ write: (text) => process.stdout.write(text), isTerminal: process.stdout.isTTY === true });
  screen.line(
    `${chosen.length} scenarios on ${HOSTS.length} hosts; hold-downs on the bed are short: ${await holdDowns()}`,
  );
  const signal = interruption((sentence) => screen.line(sentence));
  try {
    const { keep = false, control = false } = options;
    const result = await runDemo({ scenarios: chosen, screen, signal, control, keep });
    const code = conclude(chosen, result, screen, control);
    if (options.report !== undefined) screen.line(`report: ${await writeReport(options.report, result.reports)}`);
    if (keep) screen.line(HOW_TO_LOOK_AROUND);
    return code;
  } catch (error) {
    screen.stopLive();
    if (signal.aborted) return EXIT.interrupted;
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof LockHeld ? EXIT.usage : EXIT.broken;
  }
}

function conclude(chosen: readonly Scenario[], result: DemoResult, screen: Screen, hasControl: boolean): number {
  screen.table(result.reports, hasControl ? result.control : undefined);
  const broken = result.reports.filter((each) => !each.ok).map((each) => each.name);
  const pointless = provingNothing(chosen, result.control);
  if (pointless.length > 0)
    screen.verdict(false, `The demo proves nothing: ${pointless.join(', ')} held without regent.`);
  if (broken.length > 0) screen.verdict(false, `Not held: ${broken.join(', ')}.`);
  if (broken.length + pointless.length > 0) return EXIT.broken;
  screen.verdict(true, 'Everything held.');
  return EXIT.held;
}

const HOW_TO_LOOK_AROUND = `The bed is left up. To look around:
  npm run bed -- status
  npm run bed -- exec north-1 regentctl status
  npm run bed -- exec south-1 regentctl events
  npm run bed -- exec north-3 bash
  npm run bed -- down`;

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
  throw error;
}

try {
  process.exitCode = await run(parseArguments());
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
