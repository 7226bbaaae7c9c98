/**
 * The few requests that a client of the cloud makes: a token, its use at placement-api, a project, a list. Plain HTTP with
 * one connection per request, so that nothing is remembered between two attempts. Every request has a time limit; a
 * missing answer is status 0, not an exception.
 */

import { request } from 'node:http';

export interface Account {
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

export interface Answer {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Why there was no answer; empty when there was one. */
  readonly problem: string;
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST';
  readonly token?: string;
  /** A token that is asked about. */
  readonly subject?: string;
  readonly body?: object;
  readonly timeoutMs: number;
}

/** Makes one request on a connection of its own. */
export function call(url: string, options: CallOptions): Promise<Answer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = {
    Connection: 'close',
    Accept: 'application/json',
    ...(options.token === undefined ? {} : { 'X-Auth-Token': options.token }),
    ...(options.subject === undefined ? {} : { 'X-Subject-Token': options.subject }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve) => {
    const none = (problem: string) => resolve({ status: 0, headers: {}, body: '', problem });
    const signal = AbortSignal.timeout(options.timeoutMs);
    const asked = request(url, { method: options.method ?? 'GET', headers, agent: false, signal }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', (error) => none(reason(error, signal)));
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
          problem: '',
        }),
      );
    });
    asked.once('error', (error) => none(reason(error, signal)));
    asked.end(body);
  });
}

/** Asks for a token by password. @returns the token, or the answer that held none */
export async function issueToken(
  keystone: string,
  account: Account,
  timeoutMs: number,
): Promise<{ readonly token: string | undefined; readonly answer: Answer }> {
  const answer = await call(`${keystone}/v3/auth/tokens`, { method: 'POST', body: passwordBody(account), timeoutMs });
  const token = answer.headers['x-subject-token'];
  return { token: answer.status === 201 && typeof token === 'string' ? token : undefined, answer };
}

function passwordBody(account: Account): object {
  const domain = { id: 'default' };
  const user = { name: account.user, password: account.password, domain };
  const scope = { project: { name: account.project, domain } };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope } };
}

function reason(error: NodeJS.ErrnoException, signal: AbortSignal): string {
  return signal.aborted ? 'no answer in time' : (error.code ?? error.message);
}
