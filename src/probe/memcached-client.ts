/**
 * One question to one memcached server, on a fresh connection. The only file that knows memjs, which must not decide
 * anything: no retries, no failing over, and time limits that are ours.
 */
import { Client, Server } from 'memjs';
import { describeConnectionError } from './connection-error.ts';

/** memjs leaves a connection behind that it gave up while it was being made; so it never gets that far. */
const NEVER_S = 3_600;
export const ENDED = 'the look was ended before its end';

export interface MemcachedQuestion {
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type MemcachedAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly health: 'failed' | 'unknown'; readonly detail: string };

export type MemcachedClient = Client;

export async function askMemcached<T>(
  { address, timeoutMs, signal }: MemcachedQuestion,
  ask: (client: MemcachedClient) => Promise<T>,
): Promise<MemcachedAnswer<T>> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const limits = { timeout: NEVER_S, conntimeout: NEVER_S };
  const server = new Server(host, Number(address.slice(at + 1)), undefined, undefined, limits);
  const client = new Client([server], { retries: 0, failover: false, logger: { log: () => {} } });
  // Fails what is waiting and destroys the connection, in whatever state it is.
  const end = (reason: string): void => server.error(new Error(reason));
  const abort = (): void => end(ENDED);
  const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return { ok: true, value: await ask(client) };
  } catch (error) {
    // What has no code is memjs's word for an answer that was a no, or our own time limit.
    if (error instanceof Error && !('code' in error)) return { ok: false, health: 'failed', detail: error.message };
    const { health, detail } = describeConnectionError(error);
    return { ok: false, health: health === 'failed' ? 'failed' : 'unknown', detail };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    end('done');
  }
}
