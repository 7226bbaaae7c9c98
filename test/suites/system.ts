/**
 * The demo's scenarios as a suite: the same code on the same bed, each named check counted as a test; and, between two of
 * them, the promise about an idle system, which takes a minute of watching and shows a newcomer nothing.
 */

import { watchIdle } from '../bench/idle.ts';
import { idleChecks } from '../bench/idle-checks.ts';
import { runDemo } from '../demo/demo.ts';
import type { Check, ScenarioName } from '../demo/scenario.ts';
import { scenarios, systemOnly } from '../demo/scenarios/all.ts';
import { Screen } from '../demo/screen.ts';
import type { Counts, Suite, SuiteOptions } from './suite.ts';

/** Nothing has been broken yet when this one has ended. */
const IDLE_AFTER: ScenarioName = 'healthy';

export const systemSuite: Suite = { title: 'system tests', run };

async function run({ say, signal }: SuiteOptions): Promise<Counts> {
  const screen = new Screen({ write: (text) => say(text.replace(/\n$/, '')), isTerminal: false });
  try {
    const idle: Check[] = [];
    const afterScenario = async (name: ScenarioName): Promise<void> => {
      if (name === IDLE_AFTER) idle.push(...(await idleNow(screen, signal)));
    };
    const all = [...scenarios, ...systemOnly];
    const { reports } = await runDemo({ scenarios: all, screen, signal, control: false, keep: false, afterScenario });
    screen.table(reports);
    const checks = [...idle, ...reports.flatMap((each) => each.checks)];
    const failed = checks.filter((each) => !each.ok).length;
    return { passed: checks.length - failed, failed, skipped: 0 };
  } catch (error) {
    say(`  system tests: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function idleNow(screen: Screen, signal: AbortSignal): Promise<readonly Check[]> {
  screen.say('watching the idle system for a minute');
  const checks = await watchIdle(signal).then(idleChecks, (error: unknown) => {
    signal.throwIfAborted();
    return [{ name: 'the idle system can be watched', ok: false, detail: String(error) }];
  });
  for (const each of checks) screen.check(each);
  return checks;
}
