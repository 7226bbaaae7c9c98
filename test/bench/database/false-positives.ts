/**
 * Blips and nothing else for as long as one likes, on a bed with default timing, under writes: no other server may be opened
 * and the primary may not be closed. A busy machine can stretch a blip beyond what the lease forgives; what moves during
 * such a one is told apart, because it is no false positive.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from '../../bed/bed.ts';
import { adminLogin } from '../../bed/readiness.ts';
import { hostByName, regionOf } from '../../bed/topology.ts';
import { Clients } from '../../demo/client-process.ts';
import { DatabaseObserver } from '../../demo/database-observer.ts';
import { audit } from '../../demo/ledger.ts';
import { nowMs } from '../../demo/moment.ts';
import { preferHosts } from '../../demo/priority.ts';
import { RegentView } from '../../demo/regent-view.ts';
import { restForSwitch } from '../../demo/rest-for-switch.ts';
import { createRowTable } from '../../demo/row-writer.ts';
import { settle } from '../../demo/settle.ts';
import { loadNow } from '../machine.ts';
import { type BlipTiming, blipLimitMs, blips } from './blips.ts';
import { makeBlip } from './make-blip.ts';
import { type MadeBlip, type Move, movesOf } from './moves.ts';
import { longestSilence } from './silence.ts';

export interface FalsePositives {
  readonly limitMs: number;
  readonly blips: readonly MadeBlip[];
  /** Blips that could not be made, each with its reason: they prove nothing. */
  readonly notMade: readonly string[];
  readonly moves: readonly Move[];
  /** Ballots that were opened and ended without a promotion: the veto at work. */
  readonly vetoes: number;
  readonly acknowledged: number;
  readonly ackedLost: number;
  readonly dualWritableMs: number;
}

export interface FalsePositiveOptions {
  readonly bed: Bed;
  readonly timing: BlipTiming;
  readonly minutes: number;
  readonly seed: number;
  /** Ends the run early; what was found so far is returned. */
  readonly signal: AbortSignal;
  readonly say: (sentence: string) => void;
}

const REST_TIMEOUT_MS = 120_000;
const TELL_EVERY = 20;
/** A busy machine may be too late with a command now and then. */
const NOT_MADE_MAX = 10;
/** What is written in this time before a blip shows that writes went on. */
const LEAD_MS = 200;

/** @throws NotInTime when the cloud is not at rest before, or does not come to rest after */
export async function falsePositives(options: FalsePositiveOptions): Promise<FalsePositives> {
  const { bed, timing, signal, say } = options;
  const primary = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await restForSwitch({ signal });
  await createRowTable(primary);
  await preferHosts();
  const clients = new Clients(bed.secrets);
  const databases = new DatabaseObserver(bed.secrets);
  const region = regionOf(hostByName(primary)) ?? 'north';
  try {
    databases.start();
    const client = await clients.start({ region, tasks: ['steadyRows'] });
    await client.firstSuccess();
    const since = { wallMs: Date.now(), ms: nowMs() };
    const { made, notMade } = await makeAll(primary, () => client.samples, options);
    const changes = databases.changesSince(since.ms);
    await clients.stopAll();
    const open = await settle({ timeoutMs: REST_TIMEOUT_MS, signal: AbortSignal.timeout(REST_TIMEOUT_MS) });
    const events = await new RegentView().events('anywhere', since.wallMs);
    say('looking for every acknowledged row');
    const where = { primary: open, region, namePrefix: clients.namePrefix, account: adminLogin(bed.secrets) };
    const { acknowledged, lost } = await audit(clients.samples, where);
    return {
      limitMs: blipLimitMs(timing),
      blips: made,
      notMade,
      moves: movesOf({ primary, events, changes, blips: made, limitMs: blipLimitMs(timing), clockMs: since }),
      vetoes: events.filter((each) => each.name === 'database:ballot:vetoed').length,
      acknowledged,
      ackedLost: lost.length,
      dualWritableMs: Math.round(databases.dualWritableMs),
    };
  } finally {
    await Promise.allSettled([clients.stopAll(), databases.stop()]);
  }
}

async function makeAll(
  primary: string,
  samples: () => Parameters<typeof longestSilence>[0],
  { timing, minutes, seed, signal, say }: FalsePositiveOptions,
): Promise<Pick<FalsePositives, 'notMade'> & { readonly made: readonly MadeBlip[] }> {
  const made: MadeBlip[] = [];
  const notMade: string[] = [];
  const untilMs = nowMs() + minutes * 60_000;
  for (const blip of blips(seed, timing, primary)) {
    if (nowMs() >= untilMs || signal.aborted) break;
    const from = samples().length;
    await delay(LEAD_MS);
    const load = loadNow();
    const [beganAtMs, beganMs] = [Date.now(), nowMs()];
    const outcome = await makeBlip(blip).catch((error: unknown) => String(error).split('\n')[0] ?? '');
    if (typeof outcome === 'string') {
      notMade.push(`${blip.kind} ${blip.host}: ${outcome}`);
      if (notMade.length > NOT_MADE_MAX) throw new Error(`too many blips could not be made: ${notMade.join('; ')}`);
      continue;
    }
    const { tookMs, droppedPackets } = outcome;
    await delay(Math.max(0, blip.pauseMs - LEAD_MS));
    const silence = longestSilence(samples().slice(from), beganMs, nowMs());
    const silenceMs = silence === undefined ? null : Math.round(silence);
    made.push({ ...blip, beganAtMs, tookMs, silenceMs, droppedPackets, load });
    if (made.length % TELL_EVERY === 0) {
      const longest = Math.max(...made.map((each) => each.silenceMs ?? Number.POSITIVE_INFINITY));
      const leftMinutes = Math.ceil((untilMs - nowMs()) / 60_000);
      say(
        `${made.length} blips; longest pause of writes ${longest} ms; load ${load.toFixed(1)}; ${leftMinutes} min left`,
      );
    }
  }
  return { made, notMade };
}
