/**
 * The demo's scenarios as a suite: the same code on the same bed, each named check counted as a test.
 */

import { runDemo } from '../demo/demo.ts';
import { scenarios } from '../demo/scenarios/all.ts';
import { Screen } from '../demo/screen.ts';
import type { Counts, Suite, SuiteOptions } from './suite.ts';

export const systemSuite: Suite = { title: 'system tests', run };

async function run({ say, signal }: SuiteOptions): Promise<Counts> {
  const screen = new Screen({ write: (text) => say(text.replace(/\n$/, '')), isTerminal: false });
  try {
    const { reports } = await runDemo({ scenarios, screen, signal, control: false, keep: false });
    screen.table(reports);
    const checks = reports.flatMap((each) => each.checks);
    const failed = checks.filter((each) => !each.ok).length;
    return { passed: checks.length - failed, failed, skipped: 0 };
  } catch (error) {
    say(`  system tests: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
