/** A small HTTP server that answers as Keystone does, or as it does when it is ill. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly fromPort: number;
}

export interface FakeKeystone {
  readonly url: string;
  readonly heard: Heard[];
}

type Answer = (issue: number) => number;

/**
 * @param issue - the status with which it answers the nth wish for a token
 * @param validate - the same for validating the token that it issued last, or one of `knownTokens`
 */
export async function fakeKeystone(
  t: ExecutionContext,
  issue: Answer,
  validate: Answer,
  { catalog, knownTokens = [] }: { readonly catalog?: unknown; readonly knownTokens?: readonly string[] } = {},
): Promise<FakeKeystone> {
  const heard: Heard[] = [];
  let issued = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method === 'POST') {
      issued += 1;
      const status = issue(issued);
      response.writeHead(status, status === 201 ? { 'x-subject-token': `token-${issued}` } : {});
    } else {
      const asked = String(request.headers['x-subject-token']);
      const knows = asked === `token-${issued}` || knownTokens.includes(asked);
      response.writeHead(knows ? validate(issued) : 404);
    }
    response.end(JSON.stringify({ token: catalog === undefined ? {} : { catalog } }));
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url: path = '', headers } = request;
    heard.push({ method, path, headers, body, fromPort: request.socket.remotePort ?? 0 });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`, heard };
}
