/**
 * The proxy role: HAProxy's backends and keepalived's addresses on this node, as the leader wants them. No rule is
 * decided here.
 */
import { HaproxyRoute } from '../src/actuator/haproxy-route.ts';
import { KeepalivedAddress } from '../src/actuator/keepalived-address.ts';
import { addressProbe } from '../src/probe/address-probe.ts';
import { haproxyProbe } from '../src/probe/haproxy-probe.ts';
import { keepalivedProbe } from '../src/probe/keepalived-probe.ts';
import type { Probe } from '../src/probe/probe.ts';
import type { Agent } from '../src/runtime/agent/agent.ts';
import { ProbeCache } from '../src/runtime/agent/probe-cache.ts';
import type { RegionPart } from '../src/runtime/agent/region-part.ts';
import { listenToKeepalived } from '../src/runtime/agent/vrrp-states.ts';
import type { AgentConfig } from '../src/runtime/config-schema.ts';
import { ProxyDuty } from '../src/runtime/duty/proxy-duty.ts';

/** Twice a second, so that a node that cannot serve is known within the policy's time. */
const PROBE_EVERY_MS = 500;
const PROBE_TIMEOUT_MS = 1_000;
/** A restarted HAProxy has forgotten its routes: they are put right again within this time. */
const APPLY_EVERY_MS = 2_000;
const APPLY_TIMEOUT_MS = 10_000;

export function addProxy(agent: Agent, region: RegionPart, config: NonNullable<AgentConfig['proxy']>): void {
  const { grants, config: node } = agent.parts;
  const duty = new ProxyDuty({
    node: node.node,
    store: region.store,
    view: region.view,
    routes: new HaproxyRoute({ socketPath: config.haproxySocket, grants }),
    addresses: new KeepalivedAddress({
      directory: config.keepalivedDirectory,
      trackDirectory: config.trackDirectory,
      grants,
    }),
    record: agent.record,
  });
  const loop = agent.loop({
    name: 'proxy',
    everyMs: APPLY_EVERY_MS,
    timeoutMs: APPLY_TIMEOUT_MS,
    tick: (signal) => duty.tick(signal),
  });
  loop.start();

  const vrrp = listenToKeepalived(agent, config.notifyFifo);
  const cache = new ProbeCache();
  const fixed = [
    haproxyProbe({ socketPath: config.haproxySocket, everyMs: PROBE_EVERY_MS, timeoutMs: PROBE_TIMEOUT_MS }),
    keepalivedProbe({ everyMs: PROBE_EVERY_MS }),
  ];
  const probes = (): readonly Probe[] => {
    const here = region.book.ofKind('VirtualAddress').map((each) => each.policy);
    const own = here.filter((policy) => policy.nodes.includes(node.node));
    return [
      ...fixed,
      ...own.map(({ name, address }) =>
        cache.get(`vip-${name} ${address}`, () =>
          addressProbe({
            policy: name,
            address: address.split('/')[0] ?? '',
            everyMs: PROBE_EVERY_MS,
            vrrp: () => vrrp(name),
          }),
        ),
      ),
    ];
  };
  agent.addProbes(probes);
  region.onChange(() => {
    loop.wake();
    void agent.refreshProbes();
  });
}
