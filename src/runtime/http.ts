/**
 * The agent's small HTTP server: `/metrics` for Prometheus, `/healthz` (the process works and its loops go round),
 * `/readyz` (the stores have confirmed something lately), `/status` for regentctl. It only reads, has no secrets to
 * tell, and is bounded in connections, sizes and times. That it cannot listen must not stop an agent (I6): `start`
 * says so, and its caller goes on without it.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { jsonText } from '../audit/json-text.ts';
import type { AgentStatus } from './agent-status.ts';
import { endServer, listenOn } from './listening.ts';
import type { Metrics } from './metrics.ts';

/** What is wrong, one sentence each; empty means yes. */
export type Complaints = readonly string[];

export interface HttpDeps {
  readonly address: string;
  readonly port: number;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly healthComplaints: () => Complaints;
  readonly readinessComplaints: () => Complaints;
  readonly status: (signal: AbortSignal) => Promise<AgentStatus>;
  /** Bound of an answer, in ms. Default 2,000. */
  readonly answerWithinMs?: number;
}

/** The server could not listen. */
export class HttpUnavailable extends Error {
  override readonly name = 'HttpUnavailable';
  readonly code = 'HttpUnavailable';
  readonly retryable = true;
}

const CONNECTIONS_MAX = 32;
const REQUEST_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 2000;
const HEADER_BYTES_MAX = 8192;

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

export class HttpServer {
  readonly #deps: HttpDeps;
  #server: Server | undefined;

  constructor(deps: HttpDeps) {
    this.#deps = deps;
  }

  /** @returns the port it listens on. @throws HttpUnavailable if the address or port cannot be used. */
  async start(): Promise<number> {
    const limits = {
      maxHeaderSize: HEADER_BYTES_MAX,
      requestTimeout: REQUEST_WITHIN_MS,
      headersTimeout: REQUEST_WITHIN_MS,
      keepAliveTimeout: REQUEST_WITHIN_MS,
    };
    const server = createServer(limits, (request, response) => void this.#serve(request, response));
    server.maxConnections = CONNECTIONS_MAX;
    const bound = await listenOn(server, this.#deps, (message, cause) => new HttpUnavailable(message, { cause }));
    // Errors of single connections end those connections; the server goes on.
    server.on('error', () => undefined);
    this.#server = server;
    return bound;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    const { answerWithinMs = ANSWER_WITHIN_MS } = this.#deps;
    const timer = setTimeout(() => abort.abort(), answerWithinMs);
    response.once('close', () => abort.abort());
    const late = aborted(abort.signal, `no answer within ${answerWithinMs} ms`);
    const answer = await Promise.race([this.#answer(request, abort.signal), late]).catch((error: unknown) =>
      text(500, `${error}`),
    );
    clearTimeout(timer);
    response.writeHead(answer.code, { 'content-type': answer.type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer({ method, url = '/' }: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET and HEAD');
    const { metrics, healthComplaints, readinessComplaints, status } = this.#deps;
    switch (url.split('?', 1)[0]) {
      case '/metrics':
        return { code: 200, type: metrics.contentType, body: await metrics.text() };
      case '/healthz':
        return verdict(healthComplaints());
      case '/readyz':
        return verdict(readinessComplaints());
      case '/status':
        return { code: 200, type: 'application/json', body: `${jsonText(await status(signal))}\n` };
      default:
        return text(404, 'there are /metrics, /healthz, /readyz and /status');
    }
  }
}

function aborted(signal: AbortSignal, why: string): Promise<Answer> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(text(503, why)), { once: true });
  });
}

function verdict(complaints: Complaints): Answer {
  return complaints.length === 0 ? text(200, 'ok') : text(503, complaints.join('\n'));
}

const text = (code: number, body: string): Answer => ({ code, type: 'text/plain; charset=utf-8', body: `${body}\n` });
