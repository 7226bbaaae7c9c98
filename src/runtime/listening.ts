/** What every server of an agent does alike: listen on one address, go on when single connections fail, and end in order. */
import type { Server } from 'node:http';

/**
 * @returns the port it listens on
 * @throws what `unavailable` makes of the reason, if the address or port cannot be used
 */
export async function listenOn(
  server: Server,
  { address, port }: { readonly address: string; readonly port: number },
  unavailable: (message: string, cause: Error) => Error,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(unavailable(`cannot listen on ${address}:${port}: ${cause.message}`, cause)),
    );
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

/** Ends what is on its way, too. */
export async function endServer(server: Server | undefined): Promise<void> {
  if (server === undefined) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
