/**
 * The demo's scenarios and a few more as a suite: the same code on the same bed, each named check counted as a test; and, between two of
 * them, the promise about an idle system, which takes a minute of watching and shows a newcomer nothing.
 */

import { watchIdle } from '../bench/idle.ts';
import { idleChecks } from '../bench/idle-checks.ts';
import { runDemo } from '../demo/demo.ts';
import type { Check, ScenarioName } from '../demo/scenario.ts';
import { systemScenarios } from '../demo/scenarios/all.ts';
import { Screen } from '../demo/screen.ts';
import { bedPolicy } from '../faults/bed-policy.ts';
import { type RowReport, tableLines } from '../faults/report.ts';
import { rowsByName } from '../faults/rows/all.ts';
import { runTable } from '../faults/run-table.ts';
import type { Counts, Suite, SuiteOptions } from './suite.ts';
import { SYSTEM_ROWS } from './system-rows.ts';

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
    const { reports } = await runDemo({
      scenarios: systemScenarios,
      screen,
      signal,
      control: false,
      keep: false,
      afterScenario,
    });
    screen.table(reports);
    const rows = await faultRowsNow(screen, signal);
    const checks = [...idle, ...reports.flatMap((each) => each.checks), ...rows.flatMap(checksOf)];
    const failed = checks.filter((each) => !each.ok).length;
    const skipped = rows.filter((each) => each.verdict === 'skipped').length;
    return { passed: checks.length - failed, failed, skipped };
  } catch (error) {
    say(`  system tests: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function faultRowsNow(screen: Screen, signal: AbortSignal): Promise<readonly RowReport[]> {
  const reports: RowReport[] = [];
  if (SYSTEM_ROWS.length === 0) return reports;
  const onReport = async (report: RowReport): Promise<boolean> => {
    reports.push(report);
    return true;
  };
  const timing = await bedPolicy();
  await runTable(rowsByName(SYSTEM_ROWS), { timing, screen, signal, keep: false, wait: false, onReport });
  for (const line of tableLines(reports)) screen.line(line);
  return reports;
}

/** A row that fails as expected counts as one check that holds: what it is expected to fail by is not a failure here. */
function checksOf(report: RowReport): readonly Check[] {
  if (report.verdict !== 'fails as expected') return report.checks;
  return [{ name: `${report.name} fails as expected`, ok: true, detail: report.why }];
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
