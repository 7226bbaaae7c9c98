/**
 * A node's part in routes by files: the loop that takes its turns, and the probes that look at its files all the time. It
 * does nothing on a node that no such policy names.
 */
import type { ConfigurationActuator } from '../../actuator/configuration.ts';
import { serviceRow } from '../../core/configuration/service-table.ts';
import type { DesiredRollout } from '../../core/desired.ts';
import type { ConfigurationRoute } from '../../core/policy.ts';
import type { KeystoneAccount } from '../../probe/keystone-token.ts';
import type { Probe } from '../../probe/probe.ts';
import { ConfigurationDuty } from '../duty/configuration-duty.ts';
import { type ServiceAddresses, serviceVerifier } from '../duty/service-verifier.ts';
import type { Agent } from './agent.ts';
import { configurationProbe } from './configuration-probe.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { ProbeCache } from './probe-cache.ts';
import type { RegionPart } from './region-part.ts';

export interface ConfigurationPartOptions {
  readonly actuator: ConfigurationActuator;
  readonly addresses: ServiceAddresses;
  readonly account: KeystoneAccount;
}

/** A turn is taken when a change wakes the loop; this is for a change that was missed. */
const TICK_MS = 10_000;
/** Above twice the longest `nodeTimeout`: a turn has a limit of its own, and is not to be ended by the loop's. */
const TICK_TIMEOUT_MS = 3 * 3_600_000;

export function addConfiguration(
  agent: Agent,
  region: RegionPart,
  { addresses, account, ...options }: ConfigurationPartOptions,
): void {
  const actuator = new OneAtATime(options.actuator);
  const { node, region: here } = agent.parts.config;
  const { clock, timers } = agent;
  const pathOf = (service: string) => serviceRow(service)?.proof?.path;
  const verifier = serviceVerifier({ addresses, account, pathOf, clock, timers });
  const duty = new ConfigurationDuty({
    ...{ node, store: region.store, view: region.view, actuator, verifier, timers },
    record: agent.record,
  });
  const loop = agent.loop({
    ...{ name: 'configuration', everyMs: TICK_MS, timeoutMs: TICK_TIMEOUT_MS },
    tick: (signal) => duty.tick(signal),
  });
  loop.start();

  const cache = new ProbeCache();
  const probeOf = (policy: ConfigurationRoute): Probe => {
    const home = region.homeOf(policy.database);
    const rollout = () => rolloutOf(region, policy.name);
    const doneTurn = (decision: bigint) => duty.doneTurn(policy.name, decision);
    return cache.get(`${home} ${JSON.stringify(policy)}`, () =>
      configurationProbe({ policy, home, rollout, doneTurn, actuator, verifier, isBusy: () => actuator.isChanging }),
    );
  };
  agent.addProbes(() =>
    region.book
      .ofKind('IdentityRoute')
      .map((each) => each.policy)
      .filter((policy): policy is ConfigurationRoute => policy.via === 'config' && policy.region === here)
      .filter((policy) => policy.nodes.includes(node))
      .map(probeOf),
  );
  region.onChange(() => {
    loop.wake();
    void agent.refreshProbes();
  });
}

function rolloutOf(region: RegionPart, name: string): DesiredRollout | undefined {
  const found = region.decisions().desired.find(({ value }) => value.kind === 'identity' && value.name === name);
  return found?.value.kind === 'identity' ? (found.value.rollout ?? undefined) : undefined;
}
