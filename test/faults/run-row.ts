/**
 * Runs one row from rest to rest. Rest here is more than the demo's: the cooldown after the last switch is over, because a
 * second one within it is refused on purpose, and commits wait for an acknowledging replica that has proved itself.
 */

import { formatEvent } from '../../src/audit/format.ts';
import type { Bed } from '../bed/bed.ts';
import { NotInTime } from '../bed/wait.ts';
import { loadNow } from '../bench/machine.ts';
import { preferHosts } from '../demo/priority.ts';
import { RegentView } from '../demo/regent-view.ts';
import { restForSwitch } from '../demo/rest-for-switch.ts';
import { runScenario } from '../demo/run-scenario.ts';
import type { Sample } from '../demo/sample.ts';
import type { Screen } from '../demo/screen.ts';
import { settle } from '../demo/settle.ts';
import type { RowReport } from './report.ts';
import type { FaultRow } from './row.ts';
import { checkSameRows } from './same-rows.ts';
import { neighbourOf, type RowRecord, scenarioOf } from './scenario-of.ts';
import type { Timing } from './timing.ts';
import { verdictOf } from './verdict.ts';

export interface RowOptions {
  readonly bed: Bed;
  readonly timing: Timing;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface RowRun {
  readonly report: RowReport;
  /** What the client tried, for whoever has to understand a loss. */
  readonly samples: readonly Sample[];
}

const REST_TIMEOUT_MS = 90_000;
const USABLE_TIMEOUT_MS = 5_000;

/**
 * Whether the bed can be used for another row: what was quarantined is reported and stays out until an operator has
 * rebuilt it, and without it the next row would meet another cloud.
 */
export async function isUsable(signal: AbortSignal): Promise<boolean> {
  const settled = settle({ timeoutMs: USABLE_TIMEOUT_MS, signal });
  return settled.then(
    () => true,
    (error: unknown) => {
      if (error instanceof NotInTime) return false;
      throw error;
    },
  );
}

/** @throws the signal's reason; NotInTime when the cloud is not at rest before the fault */
export async function runRow(row: FaultRow, options: RowOptions): Promise<RowRun> {
  const { bed, timing, screen, signal } = options;
  if (row.skipped !== undefined) {
    screen.line(`\n${row.name}: skipped, ${row.skipped}`);
    return { report: reportOf(row, timing, { load: loadNow() }), samples: [] };
  }
  screen.say(`waiting for rest before ${row.name}`);
  const primary = await rest(timing, signal);
  if (row.prepare !== undefined) {
    await row.prepare({ primary, neighbour: neighbourOf(primary), signal, say: (sentence) => screen.say(sentence) });
    await rest(timing, signal);
  }
  await preferHosts();
  const load = loadNow();
  const record: RowRecord = { events: [], samples: [] };
  const scenario = scenarioOf(row, bed, timing, record);
  screen.begin(scenario, '');
  const ran = await runScenario(scenario, {
    bed,
    regent: new RegentView(),
    signal,
    isManaged: true,
    say: (sentence) => screen.say(sentence),
    onCheck: (check) => screen.check(check),
    ...(row.restTimeoutMs === undefined ? {} : { restTimeoutMs: row.restTimeoutMs }),
  });
  const same = await checkSameRows();
  screen.check(same);
  screen.stopLive();
  const checks = [...ran.checks, same];
  const events = record.events.map((each) => formatEvent(each));
  const acked = record.samples.filter((each) => each.kind === 'row' && each.ok).length;
  return { report: reportOf(row, timing, { ...ran, acked, checks, load, events }), samples: record.samples };
}

function reportOf(
  row: FaultRow,
  timing: Timing,
  ran: Pick<RowReport, 'load'> &
    Partial<Pick<RowReport, 'outageMs' | 'acked' | 'ackedLost' | 'dualWritableMs' | 'checks' | 'events'>>,
): RowReport {
  const checks = ran.checks ?? [];
  return {
    name: row.name,
    what: row.what,
    shows: row.shows,
    verdict: verdictOf(row, checks),
    why: row.skipped ?? row.expectedToFail?.why ?? '',
    outageMs: ran.outageMs ?? null,
    boundMs: row.outage.ms(timing),
    boundFormula: row.outage.formula,
    acked: ran.acked ?? null,
    ackedLost: ran.ackedLost ?? null,
    dualWritableMs: ran.dualWritableMs ?? null,
    load: ran.load,
    checks: [...checks],
    events: ran.events ?? [],
  };
}

/** @returns the host of the primary */
async function rest(timing: Timing, signal: AbortSignal): Promise<string> {
  const primary = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await restForSwitch({ signal, cooldownMs: timing.cooldownMs });
  return primary;
}
