/** The route in memory keeps the contract that HAProxy keeps. */
import test from 'ava';
import { routeContract } from '../contract/route-contract.ts';
import { ROUTE_GRANTS, type RouteWorld } from '../contract/route-world.ts';
import { MemoryProxy, MemoryRoute } from './memory-route.ts';

function world(): RouteWorld {
  const proxy = new MemoryProxy({ database: { n1: true, n2: false, n3: false, b1: false, b2: false } }, ['b1', 'b2']);
  return {
    actuator: (grants = ROUTE_GRANTS) => new MemoryRoute(proxy, grants),
    ready: async () => proxy.ready('database'),
    connect: async () => {
      const server = proxy.next('database');
      const session = { backend: 'database', server: server ?? '' };
      if (server !== undefined) proxy.sessions.add(session);
      return { server, isOpen: () => proxy.sessions.has(session), close: () => proxy.sessions.delete(session) };
    },
    lose: async (server) => {
      proxy.down.add(server);
    },
    restart: async () => proxy.restart(),
    kill: async () => {
      proxy.isRunning = false;
    },
    stop: async () => {},
  };
}

routeContract(test, async () => world());
