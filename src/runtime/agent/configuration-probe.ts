/**
 * What a route by files would change on this node, looked at all the time, so that what is missing is known before the
 * night on which it is needed: grants, addresses to try services at, files that nobody understands, options that would be
 * left over, and files that somebody overwrote. It writes nothing.
 */
import type { ConfigurationActuator, ConfigurationPlan, FilePlan } from '../../actuator/configuration.ts';
import type { DesiredRollout } from '../../core/desired.ts';
import { configurationProbeOf } from '../../core/identity-case.ts';
import { targetOf } from '../../core/identity-configuration.ts';
import { keystoneBase } from '../../core/keystone-api.ts';
import type { Facts, Observation } from '../../core/observation.ts';
import type { ConfigurationRoute } from '../../core/policy.ts';
import type { Probe } from '../../probe/probe.ts';
import type { Verifier } from '../duty/service-verifier.ts';

export interface ConfigurationProbeOptions {
  readonly policy: ConfigurationRoute;
  /** Undefined while it is not known which region is home. */
  readonly home: string | undefined;
  /** What stands decided; undefined before the first decision, and where the policy only observes. */
  readonly rollout: () => DesiredRollout | undefined;
  /** The last turn of this node that ended well under a decision. */
  readonly doneTurn: (decision: bigint) => number | undefined;
  /** Something is being changed on this node now: what would be seen is neither the one nor the other. */
  readonly isBusy: () => boolean;
  readonly actuator: ConfigurationActuator;
  readonly verifier: Pick<Verifier, 'missing'>;
}

/** Files change when somebody deploys. */
const EVERY_MS = 30_000;

export function configurationProbe(options: ConfigurationProbeOptions): Probe {
  const { policy } = options;
  let last: Observation = { health: 'unknown', detail: 'the files have not been looked at yet', facts: {} };
  return {
    name: configurationProbeOf(policy.name),
    everyMs: EVERY_MS,
    observe: async (signal) => {
      if (!options.isBusy()) last = await looked(options, signal);
      return last;
    },
  };
}

async function looked(options: ConfigurationProbeOptions, signal: AbortSignal): Promise<Observation> {
  try {
    return await look(options, signal);
  } catch (error) {
    const detail = `the files could not be looked at: ${error instanceof Error ? error.message : error}`;
    return { health: 'unknown', detail, facts: {} };
  }
}

async function look(options: ConfigurationProbeOptions, signal: AbortSignal): Promise<Observation> {
  const { policy, home, rollout, doneTurn, actuator, verifier } = options;
  if (home === undefined) {
    const detail = `which region is home is not known yet, because the primary of ${policy.database} is not`;
    return { health: 'unknown', detail, facts: {} };
  }
  const { name, layout, services, region, keystones } = policy;
  const from = Object.values(keystones).map(({ url }) => keystoneBase(url) ?? url);
  const sides = [targetOf(policy, home, false), targetOf(policy, region, true)] as const;
  const decided = rollout();
  const to = decided?.to ?? sides[0];
  // Asked before the look: a turn that ends meanwhile is for the next one.
  const turn = decided === undefined ? undefined : doneTurn(decided.decision);
  const other = to === sides[0] ? sides[1] : sides[0];
  const wanted = { name, layout, services, from };
  const now = await actuator.look({ ...wanted, to }, signal);
  const then = other === to ? now : await actuator.look({ ...wanted, to: other }, signal);
  return judged({ to, other, turn, now, then }, verifier);
}

interface Looks {
  readonly to: string;
  readonly other: string;
  readonly turn: number | undefined;
  /** What would be changed for the Keystone that is wanted; nothing once it is in use. */
  readonly now: ConfigurationPlan;
  /** And for the other one. */
  readonly then: ConfigurationPlan;
}

function judged({ to, other, turn, now, then }: Looks, verifier: Pick<Verifier, 'missing'>): Observation {
  const drifted = turn === undefined ? [] : filesOf(now).filter(({ changes }) => changes.length > 0);
  const files = filesOf(then);
  const notUnderstood = files.filter((file) => file.notUnderstood !== undefined);
  const leftover = files.flatMap(({ path, leftover }) => leftover.map((each) => `${path}: ${each}`));
  const missing = then.services.map(({ service }) => verifier.missing(service)).filter((each) => each !== undefined);
  const told = [
    ...drifted.map(({ path }) => `${path} was overwritten by somebody: see to it that they write ${to}`),
    ...then.notGranted.map((line) => `the grants lack ${line}: add it to grants.yaml`),
    ...missing,
    ...then.obstacles,
    ...notUnderstood.map((file) => `${file.path} would be left alone: ${file.notUnderstood}`),
    ...leftover.map((each) => `would be left over: ${each}`),
  ];
  const facts: Facts = {
    to,
    other,
    turn: turn ?? null,
    isDrifted: drifted.length > 0,
    services: then.services.map(({ service }) => service).join(', '),
    files: files.filter(({ changes }) => changes.length > 0).length,
    units: then.services.reduce((sum, { units }) => sum + units.length, 0),
    leftover: leftover.length + notUnderstood.length,
    notGranted: then.notGranted.length,
  };
  if (told.length > 0) return { health: 'degraded', detail: told.join('; '), facts };
  const count = `${facts.files} files and ${facts.units} units`;
  return { health: 'ok', detail: `${count} would change if ${other} were used`, facts };
}

const filesOf = ({ services }: ConfigurationPlan): readonly FilePlan[] => services.flatMap(({ files }) => files);
