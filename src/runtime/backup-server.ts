/**
 * Gives this node's data away to the node that an order in the store names: HTTPS with client certificates, one copy at
 * a time. Who may have it is not decided here. A response that breaks off is not a copy: it ends in order only after
 * the backup has. The handler is apart from the listening, so that it can be put behind another server.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { Timers } from '../core/clock.ts';
import { BACKUP_PATH, SIZE_HEADER, SIZE_PART } from './backup-client.ts';
import type { BackupRequest } from './duty/rebuild-work.ts';
import { endServer, listenOn } from './listening.ts';
import type { PeerTls } from './peer-tls.ts';

/** What an agent can give away. */
export interface BackupOffer {
  /** @returns why this request is not served now, or undefined. Asked again and again while a copy is on its way. */
  whyNot(request: BackupRequest, isPeer: (address: string) => boolean): string | undefined;
  size(): Promise<number>;
  stream(output: ServerResponse, signal: AbortSignal): Promise<void>;
}

export interface BackupServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: PeerTls;
  readonly offer: BackupOffer;
  readonly timers: Timers;
  readonly onProblem: (error: unknown) => void;
}

/** A ballot may begin at any moment, and a copy must not hold up the server's applier then. */
const ASK_EVERY_MS = 250;
/** Who asks has read the store just now; this node's view of it may be a moment behind. */
const BEHIND_MS = 2_000;
const CONNECTIONS_MAX = 8;
const HEADERS_WITHIN_MS = 5_000;

export class BackupServer {
  readonly #options: BackupServerOptions;
  #server: Server | undefined;
  #isBusy = false;

  constructor(options: BackupServerOptions) {
    this.#options = options;
  }

  /** @returns the port. @throws what listening failed with */
  async start(): Promise<number> {
    const { tls } = this.#options;
    const server = createServer(
      {
        ca: tls.ca,
        cert: tls.certificate,
        key: tls.key,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        headersTimeout: HEADERS_WITHIN_MS,
      },
      (request, response) => {
        this.handle(request, response).catch((error: unknown) => {
          this.#options.onProblem(error);
          response.destroy();
        });
      },
    );
    server.maxConnections = CONNECTIONS_MAX;
    const bound = await listenOn(server, this.#options, (message, cause) => new Error(message, { cause }));
    server.on('error', this.#options.onProblem);
    this.#server = server;
    return bound;
  }

  /** Ends what is on its way. Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  /** Serves one request on a connection with a client certificate. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { offer } = this.#options;
    const url = request.url ?? '';
    const isSizeOnly = url.endsWith(SIZE_PART);
    const wanted = requestOf(isSizeOnly ? url.slice(0, -SIZE_PART.length) : url);
    if (wanted === undefined || request.method !== 'GET')
      return refuse(response, 404, `there is GET ${BACKUP_PATH}<database>/<node>/<order>`);
    const isPeer = (address: string): boolean =>
      checkServerIdentity(address, (request.socket as TLSSocket).getPeerCertificate()) === undefined;
    const why = await this.#whyNot(() => offer.whyNot(wanted, isPeer));
    if (why !== undefined) return refuse(response, 403, why);
    if (this.#isBusy && !isSizeOnly) return refuse(response, 409, 'another copy is being taken');
    const size = await offer.size();
    response.writeHead(200, { [SIZE_HEADER]: size, 'content-type': 'application/octet-stream', connection: 'close' });
    if (isSizeOnly) {
      response.end();
      return;
    }
    this.#isBusy = true;
    try {
      await this.#send(response, () => offer.whyNot(wanted, isPeer));
    } finally {
      this.#isBusy = false;
    }
  }

  async #whyNot(ask: () => string | undefined): Promise<string | undefined> {
    const { timers } = this.#options;
    let why = ask();
    for (let waitedMs = 0; why !== undefined && waitedMs < BEHIND_MS; waitedMs += ASK_EVERY_MS) {
      await new Promise<void>((resolve) => timers.after(ASK_EVERY_MS, resolve));
      why = ask();
    }
    return why;
  }

  async #send(response: ServerResponse, whyNot: () => string | undefined): Promise<void> {
    const { offer, timers } = this.#options;
    const abort = new AbortController();
    response.once('close', () => abort.abort(new Error('the receiver is gone')));
    const ask = (): void => {
      const why = whyNot();
      if (why !== undefined) abort.abort(new Error(why));
      else if (!abort.signal.aborted) timer = timers.after(ASK_EVERY_MS, ask);
    };
    let timer = timers.after(ASK_EVERY_MS, ask);
    try {
      await offer.stream(response, abort.signal);
      response.end();
    } finally {
      timer.cancel();
    }
  }
}

function requestOf(url: string): BackupRequest | undefined {
  const [database, node, id, ...rest] = url.startsWith(BACKUP_PATH) ? url.slice(BACKUP_PATH.length).split('/') : [];
  if (!database || !node || !id || rest.length > 0) return undefined;
  return { database: decodeURIComponent(database), node: decodeURIComponent(node), id: decodeURIComponent(id) };
}

function refuse(response: ServerResponse, code: number, why: string): void {
  response.writeHead(code, { 'content-type': 'text/plain', connection: 'close' });
  response.end(why);
}
