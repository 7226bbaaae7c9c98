/** One look of a probe that nobody ends early, and short-lived servers for it; each is gone when its test ends. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Observation } from '../../src/core/observation.ts';
import type { Probe } from '../../src/probe/probe.ts';

export function look(probe: Probe): Promise<Observation> {
  return probe.observe(new AbortController().signal);
}

export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'regent-probe-'));
  t.teardown(() => rm(directory, { recursive: true }));
  return directory;
}

export interface Listening {
  readonly port: number;
  /** Resolves when the other side has closed every connection. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

/** @param at a path for a Unix socket; without it a free port of 127.0.0.1 */
export async function listen(t: ExecutionContext, onSocket: (socket: Socket) => void, at?: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  // Whoever asks HAProxy closes its half after the question.
  const server = createServer({ allowHalfOpen: at !== undefined }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A probe that has heard enough may break its connection.
    socket.on('error', () => {});
    onSocket(socket);
  });
  if (at === undefined) server.listen(0, '127.0.0.1');
  else server.listen(at);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  t.teardown(close);
  const allClosed = async (): Promise<void> => {
    for (const socket of sockets) await new Promise((resolve) => socket.once('close', resolve));
  };
  const port = at === undefined ? (server.address() as AddressInfo).port : 0;
  return { port, allClosed, close };
}
