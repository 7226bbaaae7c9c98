/**
 * Where other db agents ask this one for its promise: HTTPS that takes only client certificates of the store's authority,
 * bounded in connections, sizes and times. Whoever answers can ask whom the certificate names, and it looks at nothing but
 * memory. That it cannot listen must not stop an agent (I6): `start` says so, the member's record then names no address,
 * and its primary closes with its lease as before.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { PromiseAnswer, PromiseRequest } from '../core/database/promise.ts';
import { endServer, listenOn } from './listening.ts';
import { MESSAGE_BYTES_MAX, PROMISE_PATH, promiseRequest } from './peer-message.ts';
import type { PeerTls } from './peer-tls.ts';

export interface PeerServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: PeerTls;
}

/**
 * Answers another agent.
 * @param isNamed - whether the certificate of who asks names this host, by its name or its address
 */
export type PeerAnswer = (request: PromiseRequest, isNamed: (host: string) => boolean) => PromiseAnswer;

/** The server could not listen. */
export class PeerUnavailable extends Error {
  override readonly name = 'PeerUnavailable';
  readonly code = 'PeerUnavailable';
  readonly retryable = true;
}

/** A member has one connection from each primary of each database; room for those that died silently. */
const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 4_096;
const REQUEST_WITHIN_MS = 2_000;
/** Far longer than the pause between two requests of a primary. */
const IDLE_MS = 60_000;

export class PeerServer {
  readonly #options: PeerServerOptions;
  #server: Server | undefined;
  #answer: PeerAnswer = () => ({ granted: false, reason: 'Unknown' });

  constructor(options: PeerServerOptions) {
    this.#options = options;
  }

  /** Who answers; until then every request is refused. */
  use(answer: PeerAnswer): void {
    this.#answer = answer;
  }

  /** @returns the URL for others. @throws PeerUnavailable if the address or port cannot be used */
  async start(): Promise<string> {
    const { address, tls } = this.#options;
    const { ca, certificate: cert, key } = tls;
    const limits = {
      maxHeaderSize: HEADER_BYTES_MAX,
      requestTimeout: REQUEST_WITHIN_MS,
      headersTimeout: REQUEST_WITHIN_MS,
      handshakeTimeout: REQUEST_WITHIN_MS,
      keepAliveTimeout: IDLE_MS,
    };
    const identity = { ca, cert, key, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' as const };
    const server = createServer({ ...limits, ...identity }, (request, response) => void this.#serve(request, response));
    server.maxConnections = CONNECTIONS_MAX;
    const bound = await listenOn(server, this.#options, (message, cause) => new PeerUnavailable(message, { cause }));
    // Errors of single connections end those connections; the server goes on.
    server.on('error', () => undefined);
    this.#server = server;
    return peerUrl(address, bound);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { code, body } = await this.#answerTo(request).catch((error: unknown) => ({
      code: 400,
      body: { problem: String(error) },
    }));
    // What was not read to its end cannot be followed by another request.
    const connection = code === 200 ? {} : { connection: 'close' };
    response.writeHead(code, { 'content-type': 'application/json', ...connection });
    response.end(JSON.stringify(body));
  }

  async #answerTo(request: IncomingMessage): Promise<{ readonly code: number; readonly body: object }> {
    if (request.url !== PROMISE_PATH) return { code: 404, body: { problem: `there is ${PROMISE_PATH}` } };
    if (request.method !== 'POST') return { code: 405, body: { problem: 'only POST' } };
    const text = await bodyOf(request);
    if (text === undefined) return { code: 413, body: { problem: `a request has at most ${MESSAGE_BYTES_MAX} bytes` } };
    const read = promiseRequest.safeParse(JSON.parse(text));
    if (!read.success) {
      const issue = read.error.issues[0];
      return { code: 400, body: { problem: `${issue?.path.join('.') || 'request'}: ${issue?.message}` } };
    }
    const certificate = (request.socket as TLSSocket).getPeerCertificate();
    const isNamed = (host: string): boolean => checkServerIdentity(host, certificate) === undefined;
    return { code: 200, body: this.#answer(read.data, isNamed) };
  }
}

/** @param address - of this node, IPv4 or IPv6 */
export function peerUrl(address: string, port: number): string {
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** @returns undefined if it is too long */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MESSAGE_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
