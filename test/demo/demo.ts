/**
 * The demo as a whole: brings the bed up, runs scenarios on it one after the other, takes it down. The command and the
 * system suite both call this, so that what a newcomer sees is what is tested.
 */

import { applyPolicies } from '../bed/apply-policies.ts';
import { type Bed, bedDown, bedUp, withBedLock } from '../bed/bed.ts';
import { preferHosts, preferThisProcess } from './priority.ts';
import { RegentView } from './regent-view.ts';
import type { ScenarioReport } from './report.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario, ScenarioName } from './scenario.ts';
import type { Screen } from './screen.ts';

export interface DemoOptions {
  readonly scenarios: readonly Scenario[];
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Repeat the faults with regent's agents stopped. */
  readonly control: boolean;
  /** Leave the bed up at the end. */
  readonly keep: boolean;
  /** Called between scenarios of the managed run, when the bed has come to rest. */
  readonly afterScenario?: (name: ScenarioName) => Promise<void>;
}

export interface DemoResult {
  readonly reports: readonly ScenarioReport[];
  /** By name; empty without a control run. */
  readonly control: ReadonlyMap<string, ScenarioReport>;
}

/** Runs everything under the machine's bed lock. @throws the signal's reason, LockHeld, or why the bed did not come up */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  await preferThisProcess();
  return withBedLock(async () => {
    try {
      const reports = await managedRun(options);
      const control = options.control ? await controlRun(options) : new Map<string, ScenarioReport>();
      if (!options.keep) await takeDown(options.screen);
      return { reports, control };
    } catch (error) {
      await takeDown(options.screen);
      throw error;
    }
  });
}

/** Scenarios that held without regent although they must not: they prove nothing. */
export function provingNothing(
  scenarios: readonly Scenario[],
  control: ReadonlyMap<string, ScenarioReport>,
): readonly string[] {
  const names = scenarios.filter((each) => each.control === 'fails').map((each) => each.name);
  return names.filter((name) => control.get(name)?.ok === true);
}

async function managedRun(options: DemoOptions): Promise<readonly ScenarioReport[]> {
  const bed = await up(options);
  const reports: ScenarioReport[] = [];
  for (const scenario of options.scenarios) {
    reports.push(await one(scenario, bed, options, true));
    await options.afterScenario?.(scenario.name);
  }
  return reports;
}

/** Every fault meets a fresh bed, because nobody repairs what the one before broke. */
async function controlRun(options: DemoOptions): Promise<ReadonlyMap<string, ScenarioReport>> {
  const reports = new Map<string, ScenarioReport>();
  for (const scenario of options.scenarios.filter((each) => each.control !== 'skip')) {
    const bed = await up(options);
    options.screen.say("stopping regent's agents");
    await new RegentView().stopAgents();
    reports.set(scenario.name, await one(scenario, bed, options, false));
  }
  return reports;
}

async function one(scenario: Scenario, bed: Bed, options: DemoOptions, isManaged: boolean): Promise<ScenarioReport> {
  const { screen, signal } = options;
  signal.throwIfAborted();
  await preferHosts();
  screen.begin(scenario, isManaged ? '' : ' without regent');
  const report = await runScenario(scenario, {
    bed,
    regent: new RegentView(),
    signal,
    isManaged,
    say: (sentence) => screen.say(sentence),
    onCheck: (check) => screen.check(check),
  });
  screen.stopLive();
  return report;
}

async function up({ screen, signal }: DemoOptions): Promise<Bed> {
  const bed = await bedUp({ progress: (message) => screen.say(message), signal });
  await applyPolicies((message) => screen.say(message));
  screen.stopLive();
  return bed;
}

async function takeDown(screen: Screen): Promise<void> {
  await bedDown((message) => screen.say(message));
  screen.stopLive();
}
