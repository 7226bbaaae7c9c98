/**
 * Turns a row of the fault table into a scenario, so that it is run, watched and audited by the same code as the demo's. A
 * client in each region writes rows through its database route from before the fault until after its end.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { ReadEvent } from '../../src/audit/event-json.ts';
import type { Bed } from '../bed/bed.ts';
import { hostByName, hostsWithRole } from '../bed/topology.ts';
import type { OpennessChange } from '../demo/database-observer.ts';
import type { DirectClient } from '../demo/direct-client.ts';
import { nowMs } from '../demo/moment.ts';
import { longestGapAnywhere, SUSTAINED_MS } from '../demo/outage.ts';
import { describe } from '../demo/regent-view.ts';
import { createRowTable } from '../demo/row-writer.ts';
import type { Sample } from '../demo/sample.ts';
import type { Context, Figures, Scenario } from '../demo/scenario.ts';
import { homeAndAway } from '../demo/scenarios/regions.ts';
import { CHECKS, type FaultRow, type Moves, type Scene } from './row.ts';
import { acknowledgedBesideMs, fencesTold, openedElsewhereMs, type Seen, unexplained } from './seen.ts';
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
  const looks: ((seen: Seen) => void)[] = [];
  const beside: DirectClient[] = [];
  const scene: Scene = {
    ...context,
    direct: (host) => {
      const client = context.direct(host);
      beside.push(client);
      return client;
    },
    onSeen: (look) => looks.push(look),
    bed,
    timing,
    primary,
    home,
    neighbour: neighbourOf(primary),
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
    checkOpen(row, primary, context);
  } finally {
    context.say('the fault ends');
    for (const undo of undos.toReversed()) await undo();
  }
  await delay(SUSTAINED_MS, undefined, { signal: context.signal });
  for (const untilMs = nowMs() + PATIENCE_MS; gap() === undefined && nowMs() < untilMs; )
    await delay(100, undefined, { signal: context.signal });
  await Promise.all([...writers, ...beside].map((each) => each.stop()));
  record.events = await context.regent.actions('anywhere', sinceWallMs);
  const seen: Seen = {
    primary,
    faultMs,
    byRoute: placesNow().flat(),
    direct: beside.flatMap((each) => each.samples),
    changes: context.databases.changesSince(faultMs),
    events: record.events.map((each) => ({ ...each, atMs: each.atMs - sinceWallMs + faultMs })),
  };
  record.samples = [...seen.byRoute, ...seen.direct];
  checkSeen(row, context, { ...seen, events: record.events });
  for (const look of looks) look(seen);
  return { outageMs: gap(), ...judgedBy(row, seen) };
}

function checkOpen(
  { moves, twoWriters = 'open' }: FaultRow,
  primary: string,
  { databases: { open }, check }: Context,
): void {
  const said = open.join(', ') || 'none';
  if (moves !== 'the primary') return;
  if (twoWriters === 'open') check(CHECKS.oneOpen, open.length === 1, said);
  else check(CHECKS.leftOpen, open.length === 2 && open.includes(primary), said);
}

/** What a row that is not judged by open servers counts instead. */
function judgedBy(row: FaultRow, seen: Seen): Pick<Figures, 'dualWritableMs' | 'isUnpromised'> {
  const { twoWriters = 'open' } = row;
  if (twoWriters === 'open') return {};
  const server = hostByName(seen.primary).serverId ?? 0;
  const samples = twoWriters === 'by the route' ? seen.byRoute : [...seen.byRoute, ...seen.direct];
  const dualWritableMs = acknowledgedBesideMs(samples, server, openedElsewhereMs(seen));
  if (row.mayLoseItsWrites !== true) return { dualWritableMs };
  return { dualWritableMs, isUnpromised: (each) => each.server === server && each.endMs >= seen.faultMs };
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
  const isAwaited = row.moves === 'the primary' && row.isFeltToTheEnd !== true;
  while (isAwaited && gap() === undefined && nowMs() < patientUntilMs) {
    await delay(100, undefined, { signal: context.signal });
  }
}

function checkSeen({ moves, fencedBy = [] }: FaultRow, { check }: Context, seen: Seen): void {
  const problems = movesSeen(moves, seen.primary, seen);
  check(CHECKS.moves, problems.length === 0, problems.slice(0, 4).join('; ') || promised(moves));
  if (moves !== 'the primary') return;
  const unsaid = unexplained(seen.events, fencedBy);
  check(
    CHECKS.fences,
    unsaid?.length === 0,
    unsaid?.join('; ') || fencesTold(seen.events).join(', ') || 'no promotion',
  );
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

/** The other database of a primary's region. */
export function neighbourOf(primary: string): string {
  return hostsWithRole('db', hostByName(primary).site).find((each) => each.name !== primary)?.name ?? primary;
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
