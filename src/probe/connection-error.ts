/**
 * What `fetch` and sockets fail with, translated once: did the other side fail, or could we not look? Only what a client of the service
 * would suffer as well is `failed`; a name that does not resolve, a certificate or a limit of our own is `unknown`.
 */
/** Codes of Node and of undici, its HTTP client, for a service that is not there, or goes away in the middle. */
const FAILED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken',
  EPIPE: 'the connection was broken',
  UND_ERR_SOCKET: 'the connection was broken',
  EHOSTUNREACH: 'there is no way to the host',
  EHOSTDOWN: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'the answer timed out',
  UND_ERR_BODY_TIMEOUT: 'the answer timed out',
};

/** @param error its message is not shown, because it may repeat what was sent */
export function describeConnectionError(error: unknown): {
  readonly health: 'failed' | 'unknown';
  readonly detail: string;
} {
  const code = codeOf(error) ?? 'no code';
  const known = FAILED[code];
  if (known !== undefined) return { health: 'failed', detail: `${known} (${code})` };
  return { health: 'unknown', detail: `it could not be asked (${code})` };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return codeOf(error.cause) ?? ('code' in error && typeof error.code === 'string' ? error.code : undefined);
}
