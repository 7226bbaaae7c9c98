/**
 * What a region's choice of Keystones comes to for each backend of its proxies: those of the public, internal and admin
 * address and of Horizon have the Keystones themselves as servers, a layer in front of them has whole regions. Keystones of
 * other regions stand by in the policy's order: HAProxy uses them by itself while no other server is up, so that the loss of
 * all Keystones in use needs no switch. Standing by is no choice of a home: it changes nothing of the state.
 */
import type { DesiredIdentity } from './desired.ts';
import type { ProxyRoute } from './policy.ts';

/**
 * @param used the region whose Keystones are used
 * @param ready those of its nodes that take the traffic
 */
export function backendsOf(
  policy: ProxyRoute,
  used: string,
  ready: readonly string[],
): Pick<DesiredIdentity, 'backend' | 'backups' | 'further'> {
  const regions = policy.backups.filter((region) => region !== used);
  const nodes = regions.flatMap((region) => policy.keystones[region]?.nodes ?? []);
  const backups = nodes.filter((node) => !ready.includes(node));
  const others = policy.otherBackends.map((backend) => ({ backend, ready, backups }));
  const front = policy.frontBackends.map((backend) => ({ backend, ready: [used], backups: regions }));
  return { backend: policy.backend, backups, further: [...others, ...front] };
}
