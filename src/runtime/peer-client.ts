/**
 * Asks other db agents over HTTPS with mutual TLS, on connections that are kept. A peer's certificate must be of the
 * store's authority and name the address that was dialled. One request, one try: the asker's next round is the next one.
 */
import { Agent, request as httpsRequest } from 'node:https';
import type { PromiseAnswer, PromiseRequest } from '../core/database/promise.ts';
import { MESSAGE_BYTES_MAX, PROMISE_PATH, promiseAnswer } from './peer-message.ts';
import type { PeerTls } from './peer-tls.ts';

/** No answer, or none that can be read. */
export class PeerSilent extends Error {
  override readonly name = 'PeerSilent';
  readonly code = 'PeerSilent';
  readonly retryable = true;
}

export class PeerClient {
  readonly #agent: Agent;

  constructor({ ca, certificate: cert, key }: PeerTls) {
    // One connection per peer: a request never waits behind more than the one that is given up when its time is over.
    this.#agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: 1, minVersion: 'TLSv1.2' });
  }

  /**
   * @param withinMs - bound of the whole exchange, the connection included
   * @throws PeerSilent
   */
  async ask(url: string, message: PromiseRequest, withinMs: number): Promise<PromiseAnswer> {
    const signal = AbortSignal.timeout(Math.ceil(withinMs));
    try {
      const text = await this.#post(new URL(PROMISE_PATH, url), JSON.stringify(message), signal);
      return promiseAnswer.parse(JSON.parse(text));
    } catch (cause) {
      const why = signal.aborted ? `no answer within ${Math.ceil(withinMs)} ms` : String(cause);
      throw new PeerSilent(`${url}: ${why}`, { cause });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(url: URL, body: string, signal: AbortSignal): Promise<string> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, { agent: this.#agent, method: 'POST', headers, signal }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > MESSAGE_BYTES_MAX) sent.destroy(new Error('the answer is too long'));
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`status ${response.statusCode}: ${text}`));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }
}
