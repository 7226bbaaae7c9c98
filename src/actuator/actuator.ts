/**
 * What every actuator answers. "Done" means read back, not "returned 0"; an expected refusal is a value.
 */
import type { RefusalCode } from '../core/event.ts';

export type Outcome =
  | {
      readonly ok: true;
      readonly changed: boolean;
      readonly detail: string;
      /** What an operator should change, although it is done. */
      readonly notice?: string;
    }
  | { readonly ok: false; readonly refusal: RefusalCode | 'Failed'; readonly detail: string };

/** A route as it is wanted on a proxy: the servers of one backend that take traffic; those of no use are in maintenance. */
export interface WantedRoute {
  readonly backend: string;
  readonly ready: readonly string[];
  /**
   * Servers that also stay, in the order in which they should be used, if the proxy's own configuration has them as `backup`:
   * it uses the first of them that is up when nothing else is. One that is not so declared would take traffic at once: it is
   * kept away, and the notice says so.
   */
  readonly backups?: readonly string[];
  /**
   * Of the servers that leave. `end`: shut down at once, as long as any is left, and no other server joins before (F4).
   * `finish`: what is on its way is answered, and the servers that join come first; for servers that work.
   */
  readonly sessions: 'end' | 'finish';
}

/** Drives one proxy's backends. Level-triggered: apply it again at any time. */
export interface RouteActuator {
  apply(route: WantedRoute, signal?: AbortSignal): Promise<Outcome>;
}

/** Forgets what this node's Keystone remembers. */
export interface CacheActuator {
  empty(signal: AbortSignal): Promise<Outcome>;
}

/** A virtual IP as it is wanted on a node. */
export interface WantedAddress {
  readonly name: string;
  readonly address: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly advertIntervalMs: number;
  /**
   * 1–254; grows with preference. Only the most preferred node may have more than an operator's own configuration is
   * likely to have (100 is VRRP's default): agents adopt an address one by one, and a node that outranks an owner which
   * is not adopted yet would take the address from it.
   */
  readonly priority: number;
  readonly unicastSource: string;
  readonly unicastPeers: readonly string[];
  /** True vetoes this node through the track file. */
  readonly unfit: boolean;
}

/** Drives keepalived on one node: a configuration fragment and a track file, both written whole and renamed. */
export interface AddressActuator {
  apply(wanted: WantedAddress, signal?: AbortSignal): Promise<Outcome>;
}
