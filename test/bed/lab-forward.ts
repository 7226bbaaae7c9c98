/**
 * An in-process TCP proxy in front of a daemon. It freezes either direction the way a cut does: bytes are held, not
 * lost, connections stay open and accepted, and nobody is told. It must not change what passes through.
 */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'toServer' | 'fromServer';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class Forward {
  /** `host:port` as the test sees it. */
  readonly address: string;
  readonly port: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #frozen = new Set<Direction>();
  #isClosed = false;

  /** @param upstream path of the Unix socket that leads to the daemon. */
  constructor(listener: Server, upstream: string) {
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is not listening on TCP');
    this.port = address.port;
    this.address = `${address.address}:${address.port}`;
    this.#listener = listener;
    listener.on('connection', (client) => this.#accept(client, upstream));
  }

  freeze(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#frozen.add(direction);
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Lets both directions flow again; what was held arrives now. */
  thaw(): void {
    this.#frozen.clear();
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Breaks every connection with a reset; new ones are accepted. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Idempotent. Nothing is accepted or passed on any more; waits for nobody. */
  close(): void {
    this.#isClosed = true;
    this.#listener.close();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  #accept(client: Socket, upstream: string): void {
    if (this.#isClosed) {
      client.destroy();
      return;
    }
    const server = connect(upstream);
    const pair = { client, server };
    this.#pairs.add(pair);
    client.setNoDelay(true);
    relay(client, server, () => this.#frozen.has('toServer'));
    relay(server, client, () => this.#frozen.has('fromServer'));
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      // Either end may vanish at any time: that is what tests do here, and `close` follows.
      socket.on('error', () => {});
      socket.on('close', end);
    }
    this.#apply(pair);
  }

  #apply({ client, server }: Pair): void {
    flow(client, this.#frozen.has('toServer'));
    flow(server, this.#frozen.has('fromServer'));
  }
}

/** Starts a proxy on a free port of a loopback address. */
export async function startForward(upstream: string, listenOn: string): Promise<Forward> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, listenOn);
  await once(listener, 'listening');
  return new Forward(listener, upstream);
}

function relay(from: Socket, to: Socket, isFrozen: () => boolean): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => {
    if (!isFrozen()) from.resume();
  });
  from.on('end', () => to.end());
}

function flow(socket: Socket, isFrozen: boolean): void {
  if (isFrozen) socket.pause();
  else socket.resume();
}
