/**
 * Whether this node's Keystone could read the credentials (TOTP seeds, EC2 secrets) that the home region's has encrypted when its
 * region is cut off: one credential of our own user is read at both. No key is looked at, and what the credential holds
 * leaves this file neither. Without such a credential there is nothing to compare, which is no fault; one of any content
 * will do: `openstack credential create --type regent USER probe`.
 */
import { z } from 'zod';
import {
  bounded,
  issueToken,
  type KeystoneAccount,
  keystoneRequest,
  plainUrl,
  unknown,
  type Verdict,
  validateToken,
} from './keystone-token.ts';
import type { Probe } from './probe.ts';

export interface CredentialKeysProbeOptions extends KeystoneAccount {
  /** The region that encrypts, for the fact `home`. */
  readonly home: string;
  readonly homeUrl: string;
  /** This node's own Keystone. */
  readonly localUrl: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

const owner = z.object({ token: z.object({ user: z.object({ id: z.string() }) }) });
const credential = z.object({ id: z.string(), blob: z.string() });
const list = z.object({ credentials: z.array(credential) });
const single = z.object({ credential });

export function credentialKeysProbe(options: CredentialKeysProbeOptions): Probe {
  const { home, everyMs, timeoutMs } = options;
  const local = plainUrl(options.localUrl);
  return {
    name: 'credential-keys',
    everyMs,
    observe: async (signal) => ({
      ...(await bounded({ url: local, what: `read a credential of ${home}`, timeoutMs }, signal, (within) =>
        compare(options, local, within),
      )),
      facts: { home },
    }),
  };
}

async function compare(
  { home, homeUrl, ...account }: CredentialKeysProbeOptions,
  local: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const at = plainUrl(homeUrl);
  const own = await ownCredential(at, account, signal).catch(() => undefined);
  // Home that does not answer is another probe's subject: nothing was learned about the keys.
  if (own === undefined) return unknown(`${home} gives no credentials now, so its keys cannot be compared`);
  if (own.first === undefined) {
    return { health: 'ok', detail: `${account.username} has no credential in ${home} by which keys could be compared` };
  }
  const { id, blob } = own.first;
  const { status, body } = await get(local, `/credentials/${encodeURIComponent(id)}`, own.token, signal);
  const read = single.safeParse(body);
  if (status === 200 && read.success && read.data.credential.blob === blob)
    return { health: 'ok', detail: `${local} reads a credential that ${home} has encrypted` };
  if (status < 500) return unknown(`${local} answered ${status} when asked for a credential of ${home}`);
  const doesRead = (await validateToken(local, own.token, signal)) === 200;
  if (!doesRead) return unknown(`${local} answered ${status} when asked for a credential, and does not know our token`);
  return {
    health: 'degraded',
    detail:
      `CredentialKeysDiffer: ${local} cannot decrypt a credential that ${home} has encrypted (${status}): cut off, this region ` +
      `would refuse logins with TOTP and EC2 keys; copy /etc/keystone/credential-keys from ${home}`,
  };
}

/** @returns undefined if home gives none that is understood */
async function ownCredential(url: string, account: KeystoneAccount, signal: AbortSignal) {
  const issued = await issueToken(url, account, { signal });
  if (!issued.ok) return undefined;
  const { token } = issued;
  const about = await get(url, '/auth/tokens?nocatalog', token, signal, { 'x-subject-token': token });
  const user = owner.safeParse(about.body);
  if (!user.success) return undefined;
  const found = await get(url, `/credentials?user_id=${encodeURIComponent(user.data.token.user.id)}`, token, signal);
  const read = list.safeParse(found.body);
  return found.status === 200 && read.success ? { token, first: read.data.credentials[0] } : undefined;
}

async function get(
  url: string,
  path: string,
  token: string,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await keystoneRequest(url, {
    method: 'GET',
    path,
    signal,
    headers: { 'x-auth-token': token, ...more },
  });
  const body: unknown = await answer.json().catch(() => undefined);
  return { status: answer.status, body };
}
