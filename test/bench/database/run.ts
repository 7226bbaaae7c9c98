/**
 * Measures one fault once, from rest to rest: a client of the primary's region begins a write every 20 ms through the
 * database route, from before the fault until after its end, and an observer asks every server whether it is open.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from '../../bed/bed.ts';
import { adminLogin } from '../../bed/readiness.ts';
import { hostByName, hostsWithRole, regionOf } from '../../bed/topology.ts';
import { NotInTime, waitUntil } from '../../bed/wait.ts';
import { type ClientProcess, Clients } from '../../demo/client-process.ts';
import { DatabaseObserver } from '../../demo/database-observer.ts';
import { audit } from '../../demo/ledger.ts';
import { nowMs } from '../../demo/moment.ts';
import { preferHosts } from '../../demo/priority.ts';
import { RegentView } from '../../demo/regent-view.ts';
import { restForSwitch } from '../../demo/rest-for-switch.ts';
import { createRowTable } from '../../demo/row-writer.ts';
import { settle } from '../../demo/settle.ts';
import type { Scene } from '../../faults/row.ts';
import { movesSeen } from '../../faults/scenario-of.ts';
import type { Timing } from '../../faults/timing.ts';
import { loadNow } from '../machine.ts';
import type { BenchFault } from './faults.ts';
import type { RunRecord } from './records.ts';
import { restBut } from './rest.ts';
import { longestSilence } from './silence.ts';

/** Of nothing but healthy writes before the fault, at least. */
const HEALTHY_MS = 3_000;
/** After the primary is open again, and after the fault's end: what comes late counts. */
const SUSTAINED_MS = 2_000;
/** Beyond the target, so that a target that is missed is measured and not only noticed. */
const PATIENCE_MS = 20_000;
const REST_TIMEOUT_MS = 90_000;

export interface RunOptions {
  readonly bed: Bed;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly say: (sentence: string) => void;
}

export interface Run {
  readonly record: RunRecord;
  /** Servers that have commits of their own since, and stay out until they are rebuilt. */
  readonly quarantined: readonly string[];
}

/**
 * @returns what was measured; a loss, a second writer or an outage that does not end is a figure, not an error
 * @throws when there is nothing to measure: no rest before the fault, or a fault that was not in force; the signal's reason
 */
export async function runOnce(fault: BenchFault, options: RunOptions): Promise<Run> {
  const { bed, signal, say } = options;
  const primary = await rest(fault, options);
  const home = regionOf(hostByName(primary)) ?? 'north';
  if (fault.prepare !== undefined) {
    await fault.prepare({ primary, home, signal, say });
    await rest(fault, options);
  }
  await createRowTable(primary);
  await preferHosts();
  const clients = new Clients(bed.secrets);
  const databases = new DatabaseObserver(bed.secrets);
  try {
    databases.start();
    const client = await clients.start({ region: home, tasks: ['steadyRows'] });
    await client.firstSuccess();
    const fromMs = nowMs();
    const healthyForMs = fault.moves === 'nothing' ? Math.max(HEALTHY_MS, watchedForMs(fault, options)) : HEALTHY_MS;
    await delay(healthyForMs, undefined, { signal });
    const load = loadNow();
    const at = new Date();
    const faultMs = nowMs();
    await during(fault, sceneOf(primary, databases, options), { client, databases, faultMs });
    const events = await new RegentView().actions('anywhere', at.getTime());
    await delay(SUSTAINED_MS, undefined, { signal });
    const untilMs = nowMs();
    const changes = databases.changesSince(faultMs);
    await clients.stopAll();
    const silenceMs = longestSilence(client.samples, faultMs, untilMs);
    const { ackedLost, quarantined } = await auditAtRest(clients, at.getTime(), options);
    const record: RunRecord = {
      fault: fault.name,
      at: at.toISOString(),
      load,
      silenceMs: silenceMs === undefined ? null : Math.round(silenceMs),
      healthyMs: Math.round(longestSilence(client.samples, fromMs, faultMs) ?? healthyForMs),
      ackedLost,
      dualWritableMs: Math.round(databases.dualWritableMs),
      moved: movesSeen(fault.moves, primary, { changes, events }),
      steps: events.map(({ name, node, atMs }) => ({ name, node, afterMs: Math.round(atMs - at.getTime()) })),
    };
    return { record, quarantined };
  } finally {
    await Promise.allSettled([clients.stopAll(), databases.stop()]);
  }
}

/** What moves the primary waits for the end of the cooldown; what does not, for proven members only. */
async function rest({ moves }: BenchFault, { timing, signal }: RunOptions): Promise<string> {
  const primary = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await restForSwitch({ signal, cooldownMs: moves === 'nothing' ? 0 : timing.cooldownMs });
  return primary;
}

interface Watched {
  readonly client: ClientProcess;
  readonly databases: DatabaseObserver;
  readonly faultMs: number;
}

/** Makes the fault, lets it stand until it has been survived, and ends it, whatever happened. */
async function during(fault: BenchFault, scene: BenchScene, watched: Watched): Promise<void> {
  try {
    await fault.make(scene);
    if (fault.moves === 'nothing')
      await scene.pause(Math.max(0, watched.faultMs + standsForMs(fault, scene) - nowMs()));
    else await survived(fault.target.p95Ms + PATIENCE_MS, scene.signal, watched);
  } finally {
    for (const undo of scene.undos.toReversed()) await undo();
  }
}

type TimedOptions = Pick<RunOptions, 'timing'>;

function standsForMs({ target, standsMs = () => target.p95Ms }: BenchFault, { timing }: TimedOptions): number {
  return standsMs(timing);
}

/** Where nothing moves, a healthy time as long as the fault's says what pauses there are without a fault. */
function watchedForMs(fault: BenchFault, options: TimedOptions): number {
  return standsForMs(fault, options) + SUSTAINED_MS;
}

/** Another server, or the same one again, is open, and writes are acknowledged. Patience that ends shows in the figures. */
async function survived(
  patienceMs: number,
  signal: AbortSignal,
  { client, databases, faultMs }: Watched,
): Promise<void> {
  const options = { timeoutMs: patienceMs, pauseMs: 50, signal };
  const isBack = async () => {
    const opened = databases.changesSince(faultMs).findLast((each) => each.to === 'open');
    const last = client.samples.findLast((each) => each.ok);
    return { ok: opened !== undefined && last !== undefined && last.endMs > opened.atMs, detail: '' };
  };
  await waitUntil('writes again', options, isBack).catch((error: unknown) => {
    if (signal.aborted) throw error;
  });
  await delay(SUSTAINED_MS, undefined, { signal });
}

/** @returns null for what is lost when the cloud does not come to rest */
async function auditAtRest(
  clients: Clients,
  sinceWallMs: number,
  { bed, signal }: RunOptions,
): Promise<{ readonly ackedLost: number | null; readonly quarantined: readonly string[] }> {
  const rested = await restBut(sinceWallMs, signal).catch((error: unknown) => {
    if (!(error instanceof NotInTime)) throw error;
    return undefined;
  });
  if (rested === undefined) return { ackedLost: null, quarantined: [] };
  const { primary, quarantined } = rested;
  const region = regionOf(hostByName(primary)) ?? 'north';
  const where = { primary, region, namePrefix: clients.namePrefix, account: adminLogin(bed.secrets) };
  return { ackedLost: (await audit(clients.samples, where)).lost.length, quarantined };
}

type BenchScene = Scene & { readonly undos: (() => Promise<void>)[] };

function sceneOf(primary: string, databases: DatabaseObserver, { bed, timing, signal, say }: RunOptions): BenchScene {
  const home = regionOf(hostByName(primary)) ?? 'north';
  const undos: (() => Promise<void>)[] = [];
  return {
    bed,
    timing,
    signal,
    say,
    primary,
    home,
    neighbour: hostsWithRole('db', home).find((each) => each.name !== primary)?.name ?? primary,
    remote: hostsWithRole('db')
      .filter((each) => each.site !== home)
      .map((each) => each.name),
    direct: (host) => {
      throw new Error(`the benchmark watches the route alone, not ${host}`);
    },
    databases,
    onSeen: () => {},
    undos,
    onUndo: (undo) => undos.push(undo),
    check: (name, ok, detail) => {
      if (!ok) throw new Error(`${name}: ${detail}`);
    },
    pause: (ms) => delay(ms, undefined, { signal }),
  };
}
