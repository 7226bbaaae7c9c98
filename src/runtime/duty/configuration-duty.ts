/**
 * The part of one node in roll-outs by files: when it is its turn it takes the turn, points its services at the wanted
 * Keystone, tries each of them with a fresh token, and reports. It begins only in a transaction that its turn guards, so
 * whoever was passed over does not begin after all; it goes on where a killed process ended, because the actuator does
 * (I10); and it never goes back to a decision that is older than one it has seen.
 */
import {
  type ConfigurationActuator,
  type ConfigurationOutcome,
  TimeIsOver,
  type VerifyService,
  type WantedConfiguration,
} from '../../actuator/configuration.ts';
import type { Timers } from '../../core/clock.ts';
import { type DesiredRollout, scopeOf } from '../../core/desired.ts';
import type { NewEvent } from '../../core/event.ts';
import type { NodeReport } from '../../core/region-snapshot.ts';
import type { Store } from '../../store/store.ts';
import { outcomeEvents, staleEvent } from './configuration-events.ts';
import { NodeReports } from './node-reports.ts';
import { RefusalLog } from './refusal-log.ts';
import { readRegion, type StoredDesired } from './region-view.ts';
import type { Verifier } from './service-verifier.ts';
import type { StoreView } from './store-view.ts';

export interface ConfigurationDutyDeps {
  readonly node: string;
  readonly store: Store;
  /** Of the decisions. */
  readonly view: StoreView;
  readonly actuator: ConfigurationActuator;
  readonly verifier: Verifier;
  readonly timers: Timers;
  readonly record: (event: NewEvent) => void;
}

/** A decision about files, as it stands in the store. */
export interface StoredRollout extends StoredDesired {
  readonly rollout: DesiredRollout;
}

/** Long enough for a change that is on its way to be seen; what wrote to this node's key, such as its proxy, wakes nobody. */
const AGAIN_MS = 200;

/** A part that was not even begun, beside what the actuator answers. */
type Outcome = ConfigurationOutcome;

export class ConfigurationDuty {
  readonly #deps: ConfigurationDutyDeps;
  readonly #reports: NodeReports;
  readonly #refusals: RefusalLog;
  /** By policy, the highest numbers met in this life. */
  readonly #inForce = new Map<string, { readonly epoch: bigint; readonly decision: bigint }>();

  constructor(deps: ConfigurationDutyDeps) {
    this.#deps = deps;
    this.#reports = new NodeReports(deps.node, deps.store);
    this.#refusals = new RefusalLog(deps.record);
  }

  /** @returns when it is to be called again, in ms: soon, if something in the store was not as it was read */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    if (this.#deps.view.awayForMs() > 0) return undefined;
    const known = await this.#reports.all(signal);
    const decisions = this.#decisions();
    const stale: NewEvent[] = [];
    let isOvertaken = false;
    for (const stored of decisions) {
      const detail = this.#staleness(stored);
      if (detail !== undefined) stale.push(staleEvent(stored, detail));
      else if (!(await this.#follow(stored, known.get(stored.value.name), signal))) isOvertaken = true;
    }
    this.#refusals.tell(stale);
    const followed = new Set(decisions.map(({ value }) => value.name));
    const left = [...known.keys()].filter((name) => !followed.has(name));
    await this.#letGo(left, signal);
    return isOvertaken ? AGAIN_MS : undefined;
  }

  /** Policies that are gone, and those that go through a load balancer now, whose proxies report in the same place. */
  async #letGo(names: readonly string[], signal: AbortSignal): Promise<void> {
    const standing = new Set(readRegion(this.#deps.view.entries()).desired.map(({ value }) => scopeOf(value)));
    for (const name of names) {
      if (standing.has(scopeOf({ kind: 'identity', name }))) this.#reports.forget(name);
      else await this.#reports.withdraw(name, 0n, signal);
    }
  }

  /** The last turn that ended well under this decision; undefined if none did in this life, as far as it is known. */
  doneTurn(name: string, decision: bigint): number | undefined {
    const report = this.#reports.last(name);
    return report?.decision === decision && report.phase === 'done' ? report.turn : undefined;
  }

  #decisions(): readonly StoredRollout[] {
    return readRegion(this.#deps.view.entries()).desired.flatMap((stored) => {
      const rollout = stored.value.kind === 'identity' ? stored.value.rollout : null;
      return rollout === null ? [] : [{ ...stored, rollout }];
    });
  }

  #staleness({ value, epoch, rollout }: StoredRollout): string | undefined {
    const known = this.#inForce.get(value.name);
    if (known !== undefined && (epoch < known.epoch || rollout.decision < known.decision)) {
      const here = `decision ${known.decision} of epoch ${known.epoch} in force`;
      return `decision ${rollout.decision} of epoch ${epoch} is older than ${here}`;
    }
    this.#inForce.set(value.name, { epoch, decision: rollout.decision });
    return undefined;
  }

  /** @returns false if it could not begin its turn, because what it knew of the store was old */
  async #follow(stored: StoredRollout, report: NodeReport | undefined, signal: AbortSignal): Promise<boolean> {
    const { value, rollout, modRevision } = stored;
    const isSame = report?.decision === rollout.decision;
    const isBehind =
      report !== undefined && (rollout.decision < report.decision || (isSame && rollout.turnNumber < report.turn));
    if (isBehind) return true;
    if (rollout.turn !== this.#deps.node) {
      // A part that a killed process left was given up for this node: whether it has another turn is the leader's word.
      if (report?.phase === 'working') await this.#reports.withdraw(value.name, modRevision, signal);
      return true;
    }
    const isTaken = isSame && report.turn === rollout.turnNumber && report.phase !== 'working';
    return isTaken || this.#take(stored, report, signal);
  }

  async #take(stored: StoredRollout, before: NodeReport | undefined, signal: AbortSignal): Promise<boolean> {
    const { value, rollout, epoch, modRevision } = stored;
    const { node, record } = this.#deps;
    const wasDone = before?.decision === rollout.decision && (before.phase === 'done' || before.isRepaired);
    const begun: NodeReport = {
      ...{ node, name: value.name, epoch, decision: rollout.decision, phase: 'working', turn: rollout.turnNumber },
      ...{ isRepaired: wasDone, refusal: null, detail: `goes to ${rollout.to}`, files: 0, units: 0, leftover: 0 },
    };
    if (!(await this.#reports.begin(begun, modRevision, signal))) return false;
    const outcome = await this.#apply(stored, signal);
    for (const event of outcomeEvents(stored, node, outcome)) record(event);
    await this.#reports.end({ ...begun, ...resultOf(outcome) }, signal);
    return true;
  }

  /** Within the time of the policy; what the actuator does not end by then it undoes. */
  async #apply(stored: StoredRollout, signal: AbortSignal): Promise<Outcome> {
    const { actuator, verifier, timers } = this.#deps;
    const { value, rollout } = stored;
    const limit = new AbortController();
    const timer = timers.after(rollout.nodeTimeoutMs, () =>
      limit.abort(new TimeIsOver('the time of the policy is over')),
    );
    const within = AbortSignal.any([signal, limit.signal]);
    try {
      const wanted = wantedOf(value.name, rollout);
      const unmet = await this.#unmet(wanted, within);
      if (unmet !== undefined) return unmet;
      const tried = new Set<string>();
      const verify: VerifyService = async (service, each) => {
        const overtaken = this.#overtaken(stored);
        if (overtaken !== undefined) return overtaken;
        const problem = await verifier.service(service, rollout.to, each);
        if (problem === undefined) tried.add(service);
        return problem;
      };
      const outcome = await actuator.apply(wanted, verify, within);
      // A process that is being stopped has not failed: the next one goes on.
      if (!outcome.ok) signal.throwIfAborted();
      return outcome.ok ? await untried(outcome, tried, (service) => verify(service, within)) : outcome;
    } catch (error) {
      if (signal.aborted || !limit.signal.aborted) throw error;
      return refused('Failed', `it did not end within ${rollout.nodeTimeoutMs} ms`);
    } finally {
      timer.cancel();
    }
  }

  /** What has to be in order before anything is touched. */
  async #unmet(wanted: WantedConfiguration, signal: AbortSignal): Promise<Outcome | undefined> {
    const { actuator, verifier } = this.#deps;
    const { services, notGranted } = await actuator.look(wanted, signal);
    if (notGranted.length > 0) {
      return refused('NotGranted', `the grants of this node lack ${notGranted.join(', ')}: add it to grants.yaml`);
    }
    const missing = services.map(({ service }) => verifier.missing(service)).filter((each) => each !== undefined);
    if (missing.length > 0) return refused('PreconditionUnmet', missing.join('; '));
    const problem = await verifier.keystone(wanted.to, signal);
    return problem === undefined ? undefined : refused('NoHealthyTarget', problem);
  }

  /** A turn that was given to somebody else meanwhile, or for another Keystone. */
  #overtaken({ value, rollout }: StoredRollout): string | undefined {
    const now = this.#decisions().find((each) => each.value.name === value.name);
    if (now === undefined) return `policy ${value.name} is gone`;
    if (now.rollout.decision !== rollout.decision) return `decision ${now.rollout.decision} has overtaken this one`;
    return now.rollout.turn === this.#deps.node ? undefined : 'this node was passed over';
  }
}

export function wantedOf(
  name: string,
  { layout, services, from, to }: Pick<DesiredRollout, 'layout' | 'services' | 'from' | 'to'>,
): WantedConfiguration {
  return { name, layout, services, from, to };
}

/** Services that needed no change are tried as well: that their files look right proves nothing. */
async function untried(
  outcome: Outcome & { ok: true },
  tried: ReadonlySet<string>,
  verify: (service: string) => Promise<string | undefined>,
): Promise<Outcome> {
  for (const { service } of outcome.services.filter((each) => !tried.has(each.service))) {
    const problem = await verify(service);
    if (problem !== undefined) return refused('Failed', `nothing had to be changed for ${service}, but: ${problem}`);
  }
  return outcome;
}

function resultOf(outcome: Outcome): Pick<NodeReport, 'phase' | 'refusal' | 'detail' | 'files' | 'units' | 'leftover'> {
  if (!outcome.ok) {
    const { refusal, detail } = outcome;
    return { phase: 'failed', refusal, detail, files: 0, units: 0, leftover: 0 };
  }
  const count = (of: 'files' | 'units' | 'leftover') => outcome.services.flatMap((each) => each[of]).length;
  return {
    ...{ phase: 'done', refusal: null, detail: outcome.detail },
    ...{ files: count('files'), units: count('units'), leftover: count('leftover') },
  };
}

function refused(refusal: (Outcome & { ok: false })['refusal'], detail: string): Outcome {
  return { ok: false, refusal, detail };
}
