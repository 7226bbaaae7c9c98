/**
 * What the contract of a route needs around it: a proxy with one backend `database` of three servers (`n1` takes traffic at
 * the start, `n2` and `n3` do not) and two that its own configuration has as backups (`b1`, then `b2`; neither does), clients, and
 * a restart.
 */
import type { RouteActuator } from '../../src/actuator/actuator.ts';
import { type Grants, grantsOf } from '../../src/core/grants.ts';

export const ROUTE_GRANTS: Grants = grantsOf({
  files: [],
  units: [],
  addresses: [],
  haproxy: { socket: '/run/haproxy.sock', backends: ['database', 'absent'] },
});

export interface RouteSession {
  /** The server that it reached, undefined when it reached none. */
  readonly server: string | undefined;
  readonly isOpen: () => boolean;
  close(): void;
}

export interface RouteWorld {
  actuator(grants?: Grants): RouteActuator;
  /** The servers that take traffic, sorted. */
  ready(): Promise<readonly string[]>;
  /** A client's long session through the proxy. */
  connect(): Promise<RouteSession>;
  /** A server's process ends, and the proxy notices it by itself, a little later. */
  lose(server: string): Promise<void>;
  /** The proxy forgets what it was told. */
  restart(): Promise<void>;
  /** The proxy's process ends. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}
