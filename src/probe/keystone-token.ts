/**
 * Asking a Keystone for a token and asking one what a token is worth, as the probes do it: a fresh token each time, and a
 * connection of its own for every request, because a kept one would hide that the address no longer answers. Whatever says
 * that our account or the URL is wrong is `unknown`: it was not Keystone that failed, we could not look.
 */
import type { Observation } from '../core/observation.ts';
import { describeConnectionError } from './connection-error.ts';

/** A user and a project of the domain `Default`. */
export interface KeystoneAccount {
  readonly username: string;
  readonly password: string;
  readonly project: string;
}

export type Verdict = Pick<Observation, 'health' | 'detail'>;

/** A token with its catalogue if that was asked for, or why there is none. */
export type Issued =
  | { readonly ok: true; readonly token: string; readonly body: unknown }
  | { readonly ok: false; readonly verdict: Verdict };

/** @param options.withCatalog - those of large clouds have hundreds of kilobytes, and most looks need none of them */
export async function issueToken(
  url: string,
  account: KeystoneAccount,
  { signal, withCatalog = false }: { readonly signal: AbortSignal; readonly withCatalog?: boolean },
): Promise<Issued> {
  const answer = await keystoneRequest(url, {
    method: 'POST',
    body: JSON.stringify(credentials(account)),
    signal,
    path: withCatalog ? '/auth/tokens' : '/auth/tokens?nocatalog',
  });
  if (answer.status !== 201) {
    await answer.body?.cancel();
    return { ok: false, verdict: notIssued(url, account, answer.status) };
  }
  const token = answer.headers.get('x-subject-token');
  if (token === null || token === '') {
    await answer.body?.cancel();
    return { ok: false, verdict: failed(`${url} answered 201 and gave no token`) };
  }
  if (withCatalog) return { ok: true, token, body: await answer.json() };
  // The status and the headers say all; the rest is not waited for.
  await answer.body?.cancel();
  return { ok: true, token, body: undefined };
}

/** @returns the status with which a Keystone answers when it is asked what the token is worth, by the token itself */
export async function validateToken(url: string, token: string, signal: AbortSignal): Promise<number> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await keystoneRequest(url, { method: 'GET', headers, signal, path: '/auth/tokens?nocatalog' });
  await answer.body?.cancel();
  return answer.status;
}

/** Bounds a look, and turns what it throws into a verdict. @param what - of the sentence about a look that took too long */
export async function bounded(
  { url, what, timeoutMs }: { readonly url: string; readonly what: string; readonly timeoutMs: number },
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<Verdict>,
): Promise<Verdict> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await look(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted) return unknown(`${url}: the look was ended before its end`);
    if (limit.aborted) return failed(`${url} did not ${what} within ${timeoutMs} ms`);
    const { health, detail } = describeConnectionError(error);
    return { health, detail: `${url}: ${detail}` };
  }
}

/** Without its trailing slashes. */
export const plainUrl = (url: string): string => url.replace(/\/+$/, '');

export function hint(status: number): string {
  return status === 503 ? ': no Keystone is behind this address, or it is overloaded' : '';
}

export const failed = (detail: string): Verdict => ({ health: 'failed', detail });
export const unknown = (detail: string): Verdict => ({ health: 'unknown', detail });

/** One request on a connection of its own; a redirect is an answer like any other. */
export function keystoneRequest(
  url: string,
  { headers, path, ...init }: RequestInit & { readonly headers?: Record<string, string>; readonly path: string },
): Promise<Response> {
  return fetch(`${url}${path}`, {
    ...init,
    redirect: 'manual',
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
  });
}

function notIssued(url: string, { username, project }: KeystoneAccount, status: number): Verdict {
  if (status >= 500) return failed(`${url} answered ${status} when asked for a token${hint(status)}`);
  switch (status) {
    case 401:
      return unknown(
        `${url} refuses the user ${username} (401): correct the user, or the password in the file that agent.yaml names`,
      );
    case 403:
      return unknown(`${url} gives the user ${username} no token (403): check its roles on the project ${project}`);
    case 404:
      return unknown(`${url} issues no tokens (404): check that it is the URL of a Keystone and ends with /v3`);
    default:
      return unknown(`${url} answered ${status} when asked for a token`);
  }
}

function credentials({ username, password, project }: KeystoneAccount): object {
  const domain = { name: 'Default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: username, domain, password } } },
      scope: { project: { name: project, domain } },
    },
  };
}
