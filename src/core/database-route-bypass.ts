/**
 * Whether a Keystone reaches its database past the route that regent moves. Such a Keystone goes on writing to a server
 * that was fenced, or finds nobody, after a failover that worked; so it is a diagnosis long before one is needed.
 */
import type { SeenObservation } from './observation.ts';
import type { DatabaseFailover } from './policy.ts';

/** Where a node's Keystone finds its database, as its own configuration says: facts `host`, `port`, `addresses`. */
export const KEYSTONE_DATABASE_PROBE = 'keystone-database';

export interface RouteBypass {
  readonly node: string;
  readonly policy: string;
  /** One sentence: what goes where. */
  readonly message: string;
  readonly remedy: string;
}

type Said = Pick<SeenObservation, 'node' | 'probe' | 'health' | 'facts'>;

/**
 * Compares what the observations of `KEYSTONE_DATABASE_PROBE` say with the members' own addresses. A loopback address is
 * a bypass only on a node that is a member itself and runs no proxy, because there nothing but its own server listens.
 * @param proxies nodes that run a proxy
 */
export function routeBypasses(
  observations: readonly Said[],
  policies: readonly DatabaseFailover[],
  proxies: ReadonlySet<string>,
): readonly RouteBypass[] {
  const seen = observations.filter((each) => each.probe === KEYSTONE_DATABASE_PROBE && each.health === 'ok');
  return seen.flatMap((each) =>
    policies.flatMap((policy) => {
      const to = goesTo(each, policy, proxies);
      if (to === undefined) return [];
      const where = `${each.facts.host}:${each.facts.port}`;
      return [
        {
          node: each.node,
          policy: policy.name,
          message: `DatabaseRouteBypassed: ${each.node}'s Keystone is connected to ${where}, which is the server of ${to} itself; a failover of ${policy.name} does not move it`,
          remedy: `in [database] of its keystone.conf, write the address at which HAProxy serves the backend ${policy.route.backend}`,
        },
      ];
    }),
  );
}

function goesTo(
  { node, facts }: Said,
  { members }: DatabaseFailover,
  proxies: ReadonlySet<string>,
): string | undefined {
  const addresses = `${facts.addresses ?? ''}`.split(' ');
  const member = members.find((each) => each.port === facts.port && addresses.includes(each.address));
  if (member !== undefined) return member.node;
  const own = members.find((each) => each.node === node && each.port === facts.port);
  return own !== undefined && !proxies.has(node) && addresses.some(isLoopback) ? node : undefined;
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
