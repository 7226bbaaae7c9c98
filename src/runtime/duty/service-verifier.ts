/**
 * Tries the services of this node with fresh tokens, again and again for a bounded time, because a unit that has been
 * restarted takes a while to answer. Where a service listens is the node's own knowledge (`api.services` in agent.yaml).
 */
import type { Clock, Timers } from '../../core/clock.ts';
import { keystoneApi } from '../../core/keystone-api.ts';
import type { KeystoneAccount } from '../../probe/keystone-token.ts';
import { type ServiceVerdict, tryKeystone, tryService } from '../../probe/service-token.ts';

/** What a duty asks of it. */
export interface Verifier {
  /** @returns undefined if this Keystone issues a token to this node now, else a sentence */
  keystone(base: string, signal: AbortSignal): Promise<string | undefined>;
  /** @returns undefined if the service takes a token of this Keystone, else a sentence */
  service(service: string, base: string, signal: AbortSignal): Promise<string | undefined>;
  /** @returns what is missing in agent.yaml before this service can be tried; undefined if nothing is */
  missing(service: string): string | undefined;
}

/** By service: its URL on this node, or `none` where nothing of it listens here. */
export type ServiceAddresses = Readonly<Record<string, string>>;

export interface ServiceVerifierOptions {
  readonly addresses: ServiceAddresses;
  readonly account: KeystoneAccount;
  /** What to ask a service for, after its host and port; undefined for one that answers no requests with a token. */
  readonly pathOf: (service: string) => string | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Of a slow service, on a slow machine, after a restart. */
const WITHIN_MS = 60_000;
const TRY_EVERY_MS = 1_000;
const ONE_TRY_MS = 15_000;

export function serviceVerifier({ addresses, account, pathOf, clock, timers }: ServiceVerifierOptions): Verifier {
  const keystone = (base: string, signal: AbortSignal) =>
    tryKeystone({ keystone: keystoneApi(base), account, timeoutMs: ONE_TRY_MS }, signal);
  return {
    keystone,
    missing: (service) => {
      if (pathOf(service) === undefined || addresses[service] !== undefined) return undefined;
      return `api.services.${service} is missing in agent.yaml: write where ${service} listens on this node, or none`;
    },
    service: async (service, base, signal) => {
      const address = addresses[service];
      const path = pathOf(service);
      if (path === undefined || address === undefined || address === 'none') return keystone(base, signal);
      const url = requestUrl(address, path);
      const request = { service, url, keystone: keystoneApi(base), account, timeoutMs: ONE_TRY_MS };
      const startedAt = clock.nowMs();
      for (;;) {
        const verdict: ServiceVerdict = await tryService(request, signal);
        if (verdict.ok) return undefined;
        if (!verdict.again || signal.aborted || clock.nowMs() - startedAt >= WITHIN_MS) return verdict.detail;
        await rest(TRY_EVERY_MS, timers, signal);
      }
    },
  };
}

/** An address that has a path says itself what is to be asked for. */
function requestUrl(address: string, path: string): string {
  const { pathname, origin } = new URL(address);
  return pathname === '/' ? `${origin}${path}` : address;
}

function rest(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const over = Promise.withResolvers<void>();
  const timer = timers.after(delayMs, over.resolve);
  const end = () => {
    timer.cancel();
    over.resolve();
  };
  signal.addEventListener('abort', end);
  return over.promise.finally(() => signal.removeEventListener('abort', end));
}
