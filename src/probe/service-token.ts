/**
 * Whether a service takes a token that a Keystone has just issued: the only proof that the service, as it is configured and
 * as it runs now, can ask that Keystone. The same request without a token must be refused, or its answer proves nothing.
 */
import { describeConnectionError } from './connection-error.ts';
import { issueToken, type KeystoneAccount } from './keystone-token.ts';

export interface ServiceRequest {
  readonly service: string;
  /** Where it listens on this node, with what is asked for; `{project_id}` stands for the token's project. */
  readonly url: string;
  /** URL of the Keystone's API. */
  readonly keystone: string;
  readonly account: KeystoneAccount;
  /** For one whole try. */
  readonly timeoutMs: number;
}

/** `again`: it may be about to work, as after a restart. */
export type ServiceVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly again: boolean; readonly detail: string };

export async function tryService(wanted: ServiceRequest, signal: AbortSignal): Promise<ServiceVerdict> {
  const { service, timeoutMs } = wanted;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await look(wanted, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (limit.aborted && !signal.aborted) return again(`${service} did not answer within ${timeoutMs} ms`);
    return again(`${service}: ${describeConnectionError(error).detail}`);
  }
}

/** A token of this Keystone, used for nothing. @returns undefined if there was one, else a sentence */
export async function tryKeystone(
  { keystone, account, timeoutMs }: Pick<ServiceRequest, 'keystone' | 'account' | 'timeoutMs'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const issued = await issueToken(keystone, account, { signal: AbortSignal.any([signal, limit]) });
    return issued.ok ? undefined : issued.verdict.detail;
  } catch (error) {
    if (limit.aborted && !signal.aborted) return `${keystone} did not issue a token within ${timeoutMs} ms`;
    return `${keystone}: ${describeConnectionError(error).detail}`;
  }
}

async function look({ service, url, keystone, account }: ServiceRequest, signal: AbortSignal): Promise<ServiceVerdict> {
  const issued = await issueToken(keystone, account, { signal, withCatalog: true });
  if (!issued.ok) return again(issued.verdict.detail);
  const target = url.replaceAll('{project_id}', projectOf(issued.body));
  const refused = await ask(target, {}, signal);
  if (refused >= 500) return again(`${service} answered ${refused} to a request without a token`);
  if (refused !== 401) {
    const remedy = `correct api.services.${service} in agent.yaml: name an address that asks for one`;
    return never(`${target} answered ${refused} to a request without a token, which proves nothing: ${remedy}`);
  }
  const status = await ask(target, { 'x-auth-token': issued.token }, signal);
  if (status === 401) return never(`${service} does not accept a token that ${keystone} has just issued (401)`);
  if (status >= 500) return again(`${service} could not validate a token that ${keystone} has just issued (${status})`);
  return { ok: true };
}

async function ask(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<number> {
  const answer = await fetch(url, { redirect: 'manual', headers: { connection: 'close', ...headers }, signal });
  await answer.body?.cancel();
  return answer.status;
}

/** Of the body of an issued token. */
function projectOf(body: unknown): string {
  const { token } = body as { readonly token?: { readonly project?: { readonly id?: unknown } } };
  const id = token?.project?.id;
  return typeof id === 'string' ? id : '';
}

const again = (detail: string): ServiceVerdict => ({ ok: false, again: true, detail });
const never = (detail: string): ServiceVerdict => ({ ok: false, again: false, detail });
