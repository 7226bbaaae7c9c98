/**
 * A real token: Keystone is asked to issue one, and then to validate it. Anything less has been seen to work on a
 * Keystone that could serve nobody. The token is a fresh one each time, every request has a connection of its own (a
 * kept one would hide that the address no longer answers), and a time limit is over the whole.
 * Whatever says that our account or the URL is wrong is `unknown`: it was not Keystone that failed, we could not look.
 */
import type { Facts, Observation } from '../core/observation.ts';
import { describeConnectionError } from './connection-error.ts';
import type { Probe } from './probe.ts';

export interface KeystoneProbeOptions {
  readonly name: 'keystone-local' | 'identity-home';
  /** With its version, e.g. `http://192.0.2.10:5000/v3`. */
  readonly url: string;
  /** A user and a project of the domain `Default`. */
  readonly username: string;
  readonly password: string;
  readonly project: string;
  readonly everyMs: number;
  /** For issuing and validating together. */
  readonly timeoutMs: number;
  /** Put beside every verdict, e.g. the fact `home`. */
  readonly facts?: Facts;
}

type Verdict = Pick<Observation, 'health' | 'detail'>;

/** Catalogues of large clouds have hundreds of kilobytes, and this needs none of them. */
const PATH = '/auth/tokens?nocatalog';

export function keystoneProbe(options: KeystoneProbeOptions): Probe {
  const { name, everyMs, facts = {} } = options;
  return { name, everyMs, observe: async (signal) => ({ ...(await look(options, signal)), facts }) };
}

async function look(options: KeystoneProbeOptions, signal: AbortSignal): Promise<Verdict> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const url = options.url.replace(/\/+$/, '');
  try {
    return await issueAndValidate({ ...options, url }, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted) return unknown(`${url}: the look was ended before its end`);
    if (limit.aborted) return failed(`${url} did not issue and validate a token within ${options.timeoutMs} ms`);
    const { health, detail } = describeConnectionError(error);
    return { health, detail: `${url}: ${detail}` };
  }
}

async function issueAndValidate(options: KeystoneProbeOptions, signal: AbortSignal): Promise<Verdict> {
  const { url } = options;
  const issued = await request(url, { method: 'POST', body: JSON.stringify(credentials(options)), signal });
  if (issued.status !== 201) return notIssued(options, issued.status);
  const token = issued.headers.get('x-subject-token');
  if (token === null || token === '') return failed(`${url} answered 201 and gave no token`);
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const validated = await request(url, { method: 'GET', headers, signal });
  if (validated.status !== 200) return notValidated(url, validated.status);
  return { health: 'ok', detail: `${url} issued a token and validated it` };
}

async function request(
  url: string,
  { headers, ...init }: RequestInit & { readonly headers?: Record<string, string> },
): Promise<Response> {
  const answer = await fetch(`${url}${PATH}`, {
    ...init,
    redirect: 'manual',
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
  });
  // The status and the headers say all; the rest is not waited for.
  await answer.body?.cancel();
  return answer;
}

function notIssued({ url, username, project }: KeystoneProbeOptions, status: number): Verdict {
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

function notValidated(url: string, status: number): Verdict {
  const asked = `${url} issued a token and answered ${status} when asked to validate it`;
  if (status >= 500) return failed(`${asked}${hint(status)}`);
  // A token that is not recognised fails as the caller's proof (401) or as the subject (404), whichever is looked at first.
  if (status === 401 || status === 404) return failed(`${asked}: its controllers may have different keys`);
  return unknown(asked);
}

function hint(status: number): string {
  return status === 503 ? ': no Keystone is behind this address, or it is overloaded' : '';
}

const failed = (detail: string): Verdict => ({ health: 'failed', detail });
const unknown = (detail: string): Verdict => ({ health: 'unknown', detail });

function credentials({ username, password, project }: KeystoneProbeOptions): object {
  const domain = { name: 'Default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: username, domain, password } } },
      scope: { project: { name: project, domain } },
    },
  };
}
