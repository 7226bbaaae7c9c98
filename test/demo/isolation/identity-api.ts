/**
 * The identity API and its consumers as a client of a region uses them: one request, its status and what came with it. Through
 * curl in the client's place in the network, past nothing that a real client would not pass.
 */

import { execInClient } from '../../bed/exec.ts';
import { PORTS, type RegionName, virtualAddress } from '../../bed/topology.ts';

export interface Reply {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: unknown;
}

export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

const TIMEOUT_S = 15;

/** Where one client asks: a Keystone, or its region's address. */
export class IdentityApi {
  readonly region: RegionName;
  readonly #keystone: string;
  readonly #base: string;

  /** @param keystone one Keystone; left out: what the region's own virtual address leads to */
  constructor(region: RegionName, keystone?: { readonly address: string; readonly port: number }) {
    const { address, port } = keystone ?? { address: virtualAddress(region), port: PORTS.keystone };
    this.region = region;
    this.#keystone = `${address}:${port}`;
    this.#base = virtualAddress(region);
  }

  keystone(path: string, ask: Ask = {}): Promise<Reply> {
    return askFrom(this.region, `http://${this.#keystone}/v3${path}`, ask);
  }

  placement(path: string, ask: Ask = {}): Promise<Reply> {
    return askFrom(this.region, `http://${this.#base}:${PORTS.placement}${path}`, ask);
  }

  glance(path: string, ask: Ask = {}): Promise<Reply> {
    return askFrom(this.region, `http://${this.#base}:${PORTS.glance}${path}`, ask);
  }

  /** @returns the answer to a request for a token; its token is in `x-subject-token` */
  authenticate(auth: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.keystone('/auth/tokens', { method: 'POST', body: { auth }, headers });
  }

  /** @throws Error with what came instead of a token */
  async token(auth: object): Promise<string> {
    const reply = await this.authenticate(auth);
    const token = reply.headers.get('x-subject-token');
    if (reply.status !== 201 || token === undefined)
      throw new Error(`no token in ${this.region}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return token;
  }

  /** Whether a token is one, asked with another one. */
  validate(subject: string, token: string): Promise<Reply> {
    return this.keystone('/auth/tokens', { token, headers: { 'X-Subject-Token': subject } });
  }
}

const DOMAIN = { id: 'default' };

export const projectScope = (name: string) => ({ project: { name, domain: DOMAIN } });

export function byPassword(user: string, password: string, project?: string): object {
  const identity = { methods: ['password'], password: { user: { name: user, password, domain: DOMAIN } } };
  return project === undefined ? { identity } : { identity, scope: projectScope(project) };
}

/** One request, made where a region's clients are. */
export async function askFrom(
  region: RegionName,
  url: string,
  { method = 'GET', token, headers = {}, body }: Ask = {},
): Promise<Reply> {
  const all = { ...headers, ...(token === undefined ? {} : { 'X-Auth-Token': token }) };
  const lines = Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '--data', '@-'];
  const how = method === 'HEAD' ? ['--head'] : ['-X', method, '-D', '-'];
  const argv = ['curl', '-s', '--max-time', String(TIMEOUT_S), ...how, ...lines, ...data, url];
  const input = body === undefined ? {} : { input: JSON.stringify(body) };
  return replyOf((await execInClient(region, argv, { ...input, timeoutMs: 2_000 * TIMEOUT_S })).stdout);
}

function replyOf(text: string): Reply {
  const end = text.search(/\r?\n\r?\n/);
  const [first = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split(/\r?\n/);
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
  );
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: jsonOf(text.slice(end).trim()) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page for people, as HAProxy's own, is not read.
    return undefined;
  }
}
