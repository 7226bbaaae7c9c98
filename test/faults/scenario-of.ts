/**
 * Turns a row of the fault table into a scenario, so that it is run, watched and audited by the same code as the demo's. A
 * client in each region writes rows through its database route from before the fault until after its end.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { ReadEvent } from '../../src/audit/event-json.ts';
import type { Bed } from '../bed/bed.ts';
import { hostsWithRole } from '../bed/topology.ts';
import type { OpennessChange } from '../demo/database-observer.ts';
import { nowMs } from '../demo/moment.ts';
import { longestGapAnywhere, SUSTAINED_MS } from '../demo/outage.ts';
import { describe } from '../demo/regent-view.ts';
import { createRowTable } from '../demo/row-writer.ts';
import type { Sample } from '../demo/sample.ts';
import type { Context, Figures, Scenario } from '../demo/scenario.ts';
import { homeAndAway } from '../demo/scenarios/regions.ts';
import { CHECKS, type FaultRow, type Moves, type Scene } from './row.ts';
import type { Timing } from './timing.ts';

/** Beyond the bound, so that a promise that is missed is measured and not only noticed. */
const PATIENCE_MS = 10_000;

/** Events that tell of something that moved. */
const MOVING =
  /^(vip:(owner|node)|route:backend:applied|identity:region|database:primary:(opened|demoted|killed|fenced))/;

/** Where a row's details go that are no check. */
export interface RowRecord {
  /** Events of the nodes since the fault, read before the fault was undone. */
  events: readonly ReadEvent[];
  /** What the client tried. */
  samples: readonly Sample[];
}

export function scenarioOf(row: FaultRow, bed: Bed, timing: Timing, record: RowRecord): Scenario<string> {
  const boundMs = row.outage.ms(timing);
  return {
    name: row.name,
    what: row.what,
    promise: `${promised(row.moves)}; writes are out for at most ${boundMs / 1000} s (${row.outage.formula})`,
    boundMs,
    dualWritableMaxMs: row.dualWritableMaxMs ?? 0,
    control: 'skip',
    run: (context) => runRow(row, context, { bed, timing, record }),
  };
}

interface Given {
  readonly bed: Bed;
  readonly timing: Timing;
  readonly record: RowRecord;
}

async function runRow(row: FaultRow, context: Context, { bed, timing, record }: Given): Promise<Figures> {
  const { home, away, primary } = homeAndAway(context);
  await createRowTable(primary);
  const writers = [
    await context.client({ region: home, tasks: ['rows'] }),
    await context.clientDuringFault({ region: away, tasks: ['fewRows'] }),
  ];
  const undos: (() => Promise<void>)[] = [];
  const scene: Scene = {
    ...context,
    bed,
    timing,
    primary,
    home,
    neighbour: hostsWithRole('db', home).find((each) => each.name !== primary)?.name ?? primary,
    remote: hostsWithRole('db')
      .filter((each) => each.site !== home)
      .map((each) => each.name),
    onUndo: (undo) => undos.push(undo),
    pause: (ms) => delay(ms, undefined, { signal: context.signal }),
  };
  const sinceWallMs = Date.now();
  const faultMs = nowMs();
  const placesNow = () => writers.map((each) => each.samples);
  const gap = () => longestGapAnywhere(placesNow(), 'row', faultMs);
  try {
    context.say(`${row.what} (${primary})`);
    await row.make(scene);
    await stand(row, timing, { context, faultMs, gap });
    if (row.moves === 'the primary') {
      const { open } = context.databases;
      context.check(CHECKS.oneOpen, open.length === 1, open.join(', ') || 'none');
    }
  } finally {
    context.say('the fault ends');
    for (const undo of undos.toReversed()) await undo();
  }
  await delay(SUSTAINED_MS, undefined, { signal: context.signal });
  for (const untilMs = nowMs() + PATIENCE_MS; gap() === undefined && nowMs() < untilMs; )
    await delay(100, undefined, { signal: context.signal });
  await Promise.all(writers.map((each) => each.stop()));
  record.samples = placesNow().flat();
  record.events = await context.regent.actions('anywhere', sinceWallMs);
  checkMoves(row.moves, primary, context, { changes: context.databases.changesSince(faultMs), events: record.events });
  return { outageMs: gap() };
}

/** The fault stands for its time; one that has to be survived, until it has been, or patience ends. */
async function stand(
  row: FaultRow,
  timing: Timing,
  {
    context,
    faultMs,
    gap,
  }: { readonly context: Context; readonly faultMs: number; readonly gap: () => number | undefined },
): Promise<void> {
  const boundMs = row.outage.ms(timing);
  const untilMs = faultMs + (row.standsMs?.(timing) ?? boundMs + SUSTAINED_MS);
  await delay(Math.max(0, untilMs - nowMs()), undefined, { signal: context.signal });
  const patientUntilMs = nowMs() + PATIENCE_MS;
  while (row.moves === 'the primary' && gap() === undefined && nowMs() < patientUntilMs) {
    await delay(100, undefined, { signal: context.signal });
  }
}

function checkMoves(
  moves: Moves,
  primary: string,
  context: Context,
  seen: { readonly changes: readonly OpennessChange[]; readonly events: readonly ReadEvent[] },
): void {
  const problems = movesSeen(moves, primary, seen);
  context.check(CHECKS.moves, problems.length === 0, problems.slice(0, 4).join('; ') || promised(moves));
}

/** What moved that must not. Pure. */
export function movesSeen(
  moves: Moves,
  primary: string,
  seen: { readonly changes: readonly OpennessChange[]; readonly events: readonly ReadEvent[] },
): readonly string[] {
  if (moves === 'the primary') return [];
  const others = seen.changes.filter((each) => each.host !== primary && each.to === 'open');
  const opened = others.map((each) => `${each.host} was opened`);
  if (moves === 'not the primary') return opened;
  const closed = seen.changes.filter((each) => each.host === primary && each.to === 'read-only');
  const told = seen.events.filter((each) => MOVING.test(each.name));
  return [...opened, ...closed.map((each) => `${each.host} was closed`), ...told.map((each) => describe([each]))];
}

function promised(moves: Moves): string {
  switch (moves) {
    case 'nothing':
      return 'nothing moves';
    case 'not the primary':
      return 'no other database is opened';
    case 'the primary':
      return 'one database is open again';
  }
}
