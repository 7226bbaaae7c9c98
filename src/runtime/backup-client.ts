/**
 * Fetches a copy of another member's data over HTTPS with mutual TLS. The source's certificate must be of the stores'
 * authority and name the address that was dialled. A stream that stands still for long is given up.
 */

import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { DatabaseMember } from '../core/policy.ts';
import type { BackupRequest, BackupStream } from './duty/rebuild-work.ts';
import type { PeerTls } from './peer-tls.ts';

export const BACKUP_PATH = '/v1/backup/';
/** After the path of a copy: only its size. */
export const SIZE_PART = '/size';
/** Bytes of the source's data directory. */
export const SIZE_HEADER = 'x-regent-data-bytes';

/** The source refused, or did not answer. */
export class BackupUnavailable extends Error {
  override readonly name = 'BackupUnavailable';
  readonly code = 'BackupUnavailable';
}

/** The source writes nothing while it waits for a lock or flushes a large table. */
const SILENCE_MS = 60_000;
const REASON_CHARACTERS_MAX = 1_000;

export class BackupClient implements BackupStream {
  readonly #tls: PeerTls;
  readonly #port: number;

  /** @param port at which every database node of the cloud gives its data away */
  constructor(options: { readonly tls: PeerTls; readonly port: number }) {
    this.#tls = options.tls;
    this.#port = options.port;
  }

  async size(source: DatabaseMember, request: BackupRequest, signal: AbortSignal): Promise<number> {
    const response = await this.#ask(SIZE_PART, source, request, signal);
    response.resume();
    const size = Number(response.headers[SIZE_HEADER]);
    if (!Number.isSafeInteger(size) || size < 0)
      throw new BackupUnavailable(`${source.node} does not say how much data it has`);
    return size;
  }

  open(source: DatabaseMember, request: BackupRequest, signal: AbortSignal): Promise<Readable> {
    return this.#ask('', source, request, signal);
  }

  #ask(
    part: string,
    { node, address }: DatabaseMember,
    request: BackupRequest,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const path = [request.database, request.node, request.id].map(encodeURIComponent).join('/') + part;
    const { ca, certificate: cert, key } = this.#tls;
    const options = { ca, cert, key, minVersion: 'TLSv1.2' as const, agent: false as const, signal };
    const host = address.includes(':') ? `[${address}]` : address;
    const url = `https://${host}:${this.#port}${BACKUP_PATH}${path}`;
    return new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void =>
        reject(new BackupUnavailable(`${node} gives no copy: ${why}`, { cause }));
      const sent = httpsRequest(url, options, (response) => {
        if (response.statusCode === 200) {
          resolve(response);
          return;
        }
        void reasonOf(response).then((why) => fail(why || `status ${response.statusCode}`), fail);
      });
      sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)));
      sent.once('error', (error) => fail(error.message, error));
      sent.end();
    });
  }
}

async function reasonOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text = (text + part).slice(0, REASON_CHARACTERS_MAX);
  return text;
}
