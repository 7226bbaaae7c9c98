/**
 * The endpoint catalogue by Keystone's v3 API. Every look takes a new token and reads the lists, not single rows: Keystone
 * caches single rows (`get_endpoint` is memoised for [cache] expiration_time), and lists it reads from its database. An
 * update names nothing but URL and `enabled`, so that a row can never be moved into another region by it.
 */
import { z } from 'zod';
import type { Catalog } from '../core/catalog/rows.ts';
import type { Grants } from '../core/grants.ts';
import { describeConnectionError } from '../probe/connection-error.ts';
import { issueToken, type KeystoneAccount, keystoneRequest, plainUrl } from '../probe/keystone-token.ts';
import { type CatalogApi, CatalogError, type NewEndpoint } from './catalog-api.ts';

export interface KeystoneCatalogOptions extends KeystoneAccount {
  /** A Keystone that can write, with its version. */
  readonly url: string;
  readonly grants: Grants;
  /** For each request that reads. */
  readonly timeoutMs?: number;
  /** For each one that writes. */
  readonly writeTimeoutMs?: number;
}

/** A catalogue of thousands of rows takes Keystone seconds. */
const TIMEOUT_MS = 10_000;
const WRITE_TIMEOUT_MS = 4_000;
const DETAIL_LENGTH_MAX = 200;

const truncated = z.boolean().default(false);
const services = z.object({
  services: z.array(z.object({ id: z.string(), type: z.string(), name: z.string().default('') })),
  truncated,
});
const endpoints = z.object({
  endpoints: z.array(
    z.object({
      id: z.string(),
      service_id: z.string(),
      interface: z.string(),
      region_id: z.string().nullish(),
      url: z.string(),
      enabled: z.boolean().default(true),
    }),
  ),
  truncated,
});
const regions = z.object({ regions: z.array(z.object({ id: z.string() })), truncated });
const created = z.object({ endpoint: z.object({ id: z.string() }) });
const problem = z.object({ error: z.object({ message: z.string() }) });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class KeystoneCatalog implements CatalogApi {
  readonly #options: KeystoneCatalogOptions;
  readonly #url: string;
  #token: string | undefined;

  constructor(options: KeystoneCatalogOptions) {
    this.#options = options;
    this.#url = plainUrl(options.url);
  }

  async read(signal?: AbortSignal): Promise<Catalog> {
    this.#token = await this.#newToken(signal);
    const [ofServices, ofEndpoints, ofRegions] = [
      await this.#list('/services', services, signal),
      await this.#list('/endpoints', endpoints, signal),
      await this.#list('/regions', regions, signal),
    ];
    return {
      services: ofServices.services,
      endpoints: ofEndpoints.endpoints.map((each) => ({
        id: each.id,
        serviceId: each.service_id,
        interface: each.interface,
        region: each.region_id ?? null,
        url: each.url,
        isEnabled: each.enabled,
      })),
      regions: ofRegions.regions.map(({ id }) => id),
    };
  }

  async createRegion(region: string, signal?: AbortSignal): Promise<void> {
    const answer = await this.#write('POST', '/regions', { region: { id: region } }, signal);
    if (answer.status !== 409) accept(answer, `create the region ${region}`);
  }

  async createEndpoint(endpoint: NewEndpoint, signal?: AbortSignal): Promise<string> {
    const { serviceId, interface: of, region, url } = endpoint;
    const body = { endpoint: { service_id: serviceId, interface: of, region_id: region, url, enabled: true } };
    const answer = await this.#write('POST', '/endpoints', body, signal);
    accept(answer, `create the ${of} row of ${region}`);
    const read = created.safeParse(answer.body);
    if (!read.success) throw new CatalogError('Incomplete', `${this.#url} created a row and did not give its id`);
    return read.data.endpoint.id;
  }

  async updateEndpoint(id: string, url: string, signal?: AbortSignal): Promise<void> {
    const path = `/endpoints/${encodeURIComponent(id)}`;
    accept(
      await this.#write('PATCH', path, { endpoint: { url, enabled: true } }, signal),
      `write the URL of the row ${id}`,
    );
  }

  async deleteEndpoint(id: string, signal?: AbortSignal): Promise<void> {
    const answer = await this.#write('DELETE', `/endpoints/${encodeURIComponent(id)}`, undefined, signal);
    if (answer.status !== 404) accept(answer, `delete the row ${id}`);
  }

  async #newToken(signal: AbortSignal | undefined): Promise<string> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const issued = await this.#within(timeoutMs, signal, (within) =>
      issueToken(this.#url, this.#options, { signal: within }),
    );
    if (issued.ok) return issued.token;
    const { health, detail } = issued.verdict;
    throw new CatalogError(health === 'failed' ? 'Unavailable' : 'Forbidden', detail);
  }

  async #list<T extends { readonly truncated: boolean }>(
    path: string,
    shape: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { status, body } = await this.#ask('GET', path, undefined, signal);
    if (status === 403 || status === 401) throw this.#forbidden(`list ${path}`, status);
    if (status !== 200) throw new CatalogError('Unavailable', `${this.#url}${path} answered ${status}${said(body)}`);
    const read = shape.safeParse(body);
    if (!read.success)
      throw new CatalogError('Incomplete', `${this.#url}${path} gave an answer that is not understood`);
    if (!read.data.truncated) return read.data;
    const remedy = 'set list_limit in [catalog] of its keystone.conf above the number of rows';
    throw new CatalogError('Incomplete', `${this.#url}${path} gave a part of the list only: ${remedy}`);
  }

  async #write(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Answer> {
    if (!this.#options.grants.mayCatalog()) {
      const remedy = 'write catalog: true into grants.yaml if this node is to do it';
      throw new CatalogError('NotGranted', `the catalogue is not granted to regent on this node: ${remedy}`);
    }
    this.#token ??= await this.#newToken(signal);
    const answer = await this.#ask(method, path, body, signal);
    if (answer.status === 403 || answer.status === 401) throw this.#forbidden(`write ${path}`, answer.status);
    if (answer.status < 500) return answer;
    const why = 'its database is read-only, or broken';
    throw new CatalogError('NotWritable', `${this.#url}${path} answered ${answer.status} to a write: ${why}`);
  }

  async #ask(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Answer> {
    const headers = { 'x-auth-token': this.#token ?? '' };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const { timeoutMs = TIMEOUT_MS, writeTimeoutMs = WRITE_TIMEOUT_MS } = this.#options;
    return this.#within(method === 'GET' ? timeoutMs : writeTimeoutMs, signal, async (within) => {
      const answer = await keystoneRequest(this.#url, { method, path, headers, signal: within, ...init });
      const text = await answer.text();
      return { status: answer.status, body: jsonOf(text) };
    });
  }

  #forbidden(what: string, status: number): CatalogError {
    const { username, project } = this.#options;
    const remedy = `give it the role (openstack role add --user ${username} --project ${project} admin), or another account in api.credentials of agent.yaml`;
    return new CatalogError(
      'Forbidden',
      `the user ${username} may not ${what} (${status}), which needs admin: ${remedy}`,
    );
  }

  /** @throws CatalogError also for what a connection throws */
  async #within<T>(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await work(signal === undefined ? limit : AbortSignal.any([signal, limit]));
    } catch (error) {
      const why = limit.aborted ? `no answer within ${timeoutMs} ms` : describeConnectionError(error).detail;
      throw new CatalogError('Unavailable', `${this.#url}: ${why}`);
    }
  }
}

function accept({ status, body }: Answer, what: string): void {
  if (status >= 200 && status < 300) return;
  throw new CatalogError(status === 404 ? 'Gone' : 'Refused', `Keystone did not ${what} (${status})${said(body)}`);
}

function said(body: unknown): string {
  const read = problem.safeParse(body);
  return read.success ? `: ${read.data.error.message.slice(0, DETAIL_LENGTH_MAX)}` : '';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // An error page of a proxy: its status says what there is to know.
  }
}
