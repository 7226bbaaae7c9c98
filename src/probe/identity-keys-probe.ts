/**
 * Whether this node's Keystone would know the tokens that are in use when its region is cut off: a token that the home
 * region has issued is validated here. It takes the same Fernet keys, and the same users, projects and roles.
 */
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

export interface IdentityKeysProbeOptions extends KeystoneAccount {
  /** The region that issues, for the fact `home`. */
  readonly home: string;
  readonly homeUrl: string;
  /** This node's own Keystone. */
  readonly localUrl: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export const IDENTITY_KEYS_PROBE = 'identity-keys';

export function identityKeysProbe(options: IdentityKeysProbeOptions): Probe {
  const { home, everyMs, timeoutMs } = options;
  const local = plainUrl(options.localUrl);
  return {
    name: IDENTITY_KEYS_PROBE,
    everyMs,
    observe: async (signal) => ({
      ...(await bounded({ url: local, what: `validate a token of ${home}`, timeoutMs }, signal, (within) =>
        validateForeign(options, local, within),
      )),
      facts: { home },
    }),
  };
}

async function validateForeign(
  { home, homeUrl, ...account }: IdentityKeysProbeOptions,
  local: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const issued = await issueToken(plainUrl(homeUrl), account, { signal }).catch(() => undefined);
  // Home that does not answer is another probe's subject: nothing was learned about the keys.
  if (issued?.ok !== true) return unknown(`${home} issues no token now, so its keys cannot be compared`);
  const status = await validateToken(local, issued.token, signal);
  if (status === 200) return { health: 'ok', detail: `${local} validates a token of ${home}` };
  if (status === 401 || status === 404) {
    return failed(
      `IdentityKeysDiffer: ${local} does not know a token of ${home} (${status}): cut off, this region would refuse the ` +
        `tokens that are in use; copy /etc/keystone/fernet-keys from ${home}, and see that its database replicates`,
    );
  }
  return unknown(`${local} answered ${status} when asked to validate a token of ${home}${hint(status)}`);
}
