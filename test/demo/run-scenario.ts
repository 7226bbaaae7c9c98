/**
 * Runs one scenario from rest to rest and turns what happened into its part of the report. Whatever a scenario throws is a
 * failed check, never the end of the demo. The checks that hold for every scenario (nothing acknowledged is lost, no two
 * databases open at once, the cloud comes to rest) are made here.
 */

import type { Bed } from '../bed/bed.ts';
import { adminLogin } from '../bed/readiness.ts';
import { hostByName, regionOf } from '../bed/topology.ts';
import { waitUntil } from '../bed/wait.ts';
import { Clients } from './client-process.ts';
import { DatabaseObserver } from './database-observer.ts';
import { type Audit, audit } from './ledger.ts';
import { outageAfter, SUSTAINED_MS } from './outage.ts';
import type { RegentView } from './regent-view.ts';
import type { ReportOf } from './report.ts';
import type { Check, Context, Figures, Scenario } from './scenario.ts';
import { openDatabases, settle } from './settle.ts';

export interface RunOptions {
  readonly bed: Bed;
  readonly regent: RegentView;
  readonly signal: AbortSignal;
  readonly isManaged: boolean;
  readonly say: (sentence: string) => void;
  readonly onCheck: (check: Check) => void;
  /** For how long the cloud may take to come to rest afterwards, in ms; default 60 s. */
  readonly restTimeoutMs?: number;
}

/** Beyond the bound, so that a promise that is missed is measured and not only noticed. */
const PATIENCE_MS = 15_000;
const UNMANAGED_PATIENCE_MS = 10_000;
const REST_TIMEOUT_MS = 60_000;
const FIRST_LOOK_TIMEOUT_MS = 5_000;
const NAMED_MAX = 3;

/** @throws only the signal's reason */
export async function runScenario<Name extends string>(
  scenario: Scenario<Name>,
  options: RunOptions,
): Promise<ReportOf<Name>> {
  const checks: Check[] = [];
  const check = (name: string, ok: boolean, detail: string): void => {
    const made = { name, ok, detail };
    checks.push(made);
    options.onCheck(made);
  };
  const clients = new Clients(options.bed.secrets);
  const databases = new DatabaseObserver(options.bed.secrets);
  const context = contextOf(scenario, { clients, databases, check }, options);
  const sinceWallMs = Date.now();
  let figures: Figures = { outageMs: null };
  try {
    databases.start();
    await waitUntil('an open database', { timeoutMs: FIRST_LOOK_TIMEOUT_MS }, async () => ({
      ok: databases.open.length > 0,
      detail: 'none',
    }));
    figures = await scenario.run(context);
    checkBound(scenario, figures, check);
  } catch (error) {
    figures = { outageMs: scenario.boundMs === null ? null : undefined };
    check('the scenario runs to its end', false, error instanceof Error ? error.message : String(error));
  }
  const lost = await atRest(clients, check, { ...options, ...figures, sinceWallMs });
  await databases.stop();
  options.signal.throwIfAborted();
  const dualWritableMs = Math.round(figures.dualWritableMs ?? databases.dualWritableMs);
  if (options.isManaged) {
    const name = figures.dualWritableMs === undefined ? oneWriterName(scenario) : ACKNOWLEDGED_BESIDE;
    const { dualWritableMaxMs } = scenario;
    check(name, dualWritableMs <= dualWritableMaxMs, `${dualWritableMs} ms of at most ${dualWritableMaxMs} ms`);
  }
  return reportOf(scenario, figures, checks, { ackedLost: lost, dualWritableMs });
}

const ACKNOWLEDGED_BESIDE = 'the former primary acknowledges nothing beside the new one';

function oneWriterName({ dualWritableMaxMs }: Scenario<string>): string {
  return dualWritableMaxMs === 0 ? 'never two databases take writes at once' : 'what was frozen closes at once';
}

interface Tools {
  readonly clients: Clients;
  readonly databases: DatabaseObserver;
  readonly check: Context['check'];
}

function contextOf(scenario: Scenario<string>, { clients, databases, check }: Tools, options: RunOptions): Context {
  const { signal, isManaged, regent, say } = options;
  const patienceMs = (scenario.boundMs ?? 0) + (isManaged ? PATIENCE_MS : UNMANAGED_PATIENCE_MS) + SUSTAINED_MS;
  return {
    signal,
    isManaged,
    regent,
    say,
    check,
    databases,
    patienceMs,
    client: async (wanted) => {
      const client = await clients.start(wanted);
      await client.firstSuccess();
      return client;
    },
    clientDuringFault: (wanted) => clients.start(wanted),
    direct: (host) => clients.direct(host),
    recovery: async (client, kind, faultMs) => {
      const attempt = async () => ({ ok: outageAfter(client.samples, kind, faultMs) !== undefined, detail: '' });
      // Patience that ends is an outage that did not: the answer is undefined, and the bound's check says so.
      await waitUntil('recovery', { timeoutMs: patienceMs, pauseMs: 100, signal }, attempt).catch(() => undefined);
      return outageAfter(client.samples, kind, faultMs)?.outageMs;
    },
    audit: (samples) => auditNow(samples, clients, options.bed),
  };
}

function checkBound(scenario: Scenario<string>, figures: Figures, check: Context['check']): void {
  if (scenario.boundMs === null) return;
  const { outageMs } = figures;
  const ok = typeof outageMs === 'number' && outageMs <= scenario.boundMs;
  const seen = typeof outageMs === 'number' ? `${(outageMs / 1000).toFixed(1)} s` : 'it did not end';
  check(`the outage is at most ${scenario.boundMs / 1000} s`, ok, seen);
}

/** Ends the clients, waits for rest and looks for what is lost. @returns how many acknowledged writes are lost */
async function atRest(
  clients: Clients,
  check: Context['check'],
  options: RunOptions & Pick<Figures, 'isUnpromised'> & { readonly sinceWallMs: number },
): Promise<number | null> {
  const { regent, signal, isManaged, say, sinceWallMs } = options;
  try {
    await clients.stopAll();
    if (!isManaged || signal.aborted) return null;
    say('waiting until the cloud is at rest again');
    const quarantined = () => regent.quarantined(sinceWallMs);
    const timeoutMs = options.restTimeoutMs ?? REST_TIMEOUT_MS;
    await settle({ timeoutMs, signal, quarantined });
    check('the cloud comes to rest by itself', true, `within ${timeoutMs / 1000} s`);
    const { acknowledged, lost } = await auditNow(clients.samples, clients, options.bed);
    const unpromised = new Set(clients.samples.filter(options.isUnpromised ?? noSample).map(({ id }) => id));
    const broken = lost.filter((id) => !unpromised.has(id));
    const named = broken.length === 0 ? '' : `: ${broken.slice(0, NAMED_MAX).join(', ')}`;
    const besides = lost.length === broken.length ? '' : `, ${lost.length - broken.length} of them not promised`;
    check(
      'no acknowledged write is lost',
      broken.length === 0,
      `${lost.length} of ${acknowledged} lost${besides}${named}`,
    );
    return lost.length;
  } catch (error) {
    check('the cloud comes to rest by itself', false, error instanceof Error ? error.message : String(error));
    return null;
  }
}

const noSample = (): boolean => false;

async function auditNow(samples: Clients['samples'], clients: Clients, bed: Bed): Promise<Audit> {
  const [primary] = await openDatabases();
  if (primary === undefined) throw new Error('no database is open');
  const region = regionOf(hostByName(primary)) ?? 'north';
  return audit(samples, { primary, region, namePrefix: clients.namePrefix, account: adminLogin(bed.secrets) });
}

function reportOf<Name extends string>(
  scenario: Scenario<Name>,
  figures: Figures,
  checks: readonly Check[],
  safety: Pick<ReportOf<Name>, 'ackedLost' | 'dualWritableMs'>,
): ReportOf<Name> {
  const { outageMs } = figures;
  return {
    name: scenario.name,
    ok: checks.every((each) => each.ok),
    outageMs: typeof outageMs === 'number' ? Math.round(outageMs) : null,
    boundMs: scenario.boundMs,
    ...safety,
    checks: [...checks],
  };
}
