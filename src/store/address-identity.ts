/**
 * Checks a store member's certificate when its endpoint is an IP address. Node.js refuses an address as a TLS server
 * name (RFC 6066 forbids it), and @grpc/grpc-js 1.14 sends the endpoint's host as that name whatever it is. So a name
 * that means nothing is sent, and the certificate is checked against the address that was dialled, as it must be. The
 * client library has no option for that; its objects are reached into here, and nowhere else, and a shape that is not
 * the expected one is refused, never connected to without a check.
 */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/** Sent in place of an address; `.invalid` exists nowhere (RFC 2606). */
export const UNNAMED = 'store.invalid';

type Check = (name: string, certificate: PeerCertificate) => Error | undefined;

/** @returns the address in `host:port`, or undefined if the host is a name. */
export function addressOf(endpoint: string): string | undefined {
  const host = endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

/**
 * Makes the client accept a certificate for `address` only.
 * @param client an etcd3 client of one host that sends `UNNAMED` as the server name.
 * @throws Error if the library keeps its TLS options somewhere else than its pinned version does.
 */
export function checkIdentityByAddress(client: object, address: string): void {
  const options = member(member(member(member(client, 'pool'), 'hosts'), '0'), 'channelCredentials');
  const verify = member(options, 'verifyOptions') as { checkServerIdentity?: Check };
  verify.checkServerIdentity = (_name, certificate) => checkServerIdentity(address, certificate);
}

function member(holder: unknown, name: string): object {
  const found: unknown = (holder as Record<string, unknown>)[name];
  if (typeof found !== 'object' || found === null) {
    throw new Error(`the etcd client has no ${name} where it is expected; its certificate checks cannot be relied on`);
  }
  return found;
}
