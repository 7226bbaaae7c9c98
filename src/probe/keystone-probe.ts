/**
 * A real token: Keystone is asked to issue one, and then to validate it. Anything less has been seen to work on a
 * Keystone that could serve nobody. A time limit is over the whole.
 */
import type { Facts } from '../core/observation.ts';
import {
  bounded,
  failed,
  hint,
  issueToken,
  type KeystoneAccount,
  plainUrl,
  unknown,
  type Verdict,
  validateToken,
} from './keystone-token.ts';
import type { Probe } from './probe.ts';

export interface KeystoneProbeOptions extends KeystoneAccount {
  readonly name: 'keystone-local' | 'identity-home';
  /** With its version, e.g. `http://192.0.2.10:5000/v3`. */
  readonly url: string;
  readonly everyMs: number;
  /** For issuing and validating together. */
  readonly timeoutMs: number;
  /** Put beside every verdict, e.g. the fact `home`. */
  readonly facts?: Facts;
}

export function keystoneProbe(options: KeystoneProbeOptions): Probe {
  const { name, everyMs, timeoutMs, facts = {} } = options;
  const url = plainUrl(options.url);
  const what = 'issue and validate a token';
  return {
    name,
    everyMs,
    observe: async (signal) => ({
      ...(await bounded({ url, what, timeoutMs }, signal, (within) => issueAndValidate(url, options, within))),
      facts,
    }),
  };
}

async function issueAndValidate(url: string, account: KeystoneAccount, signal: AbortSignal): Promise<Verdict> {
  const issued = await issueToken(url, account, { signal });
  if (!issued.ok) return issued.verdict;
  const status = await validateToken(url, issued.token, signal);
  if (status === 200) return { health: 'ok', detail: `${url} issued a token and validated it` };
  const asked = `${url} issued a token and answered ${status} when asked to validate it`;
  if (status >= 500) return failed(`${asked}${hint(status)}`);
  // A token that is not recognised fails as the caller's proof (401) or as the subject (404), whichever is looked at first.
  if (status === 401 || status === 404) return failed(`${asked}: its controllers may have different keys`);
  return unknown(asked);
}
