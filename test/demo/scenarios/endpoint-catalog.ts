/**
 * The endpoint catalogue under regent's care: a deployment tool that knows no regions writes one region's address over the other's
 * (the fault of a common procedure: rows matched by service and interface alone), and the row is put right, under its old
 * id, while rows that the policy does not declare stay as somebody else made them. Only in the system suite.
 */

import { currentBed } from '../../bed/bed.ts';
import { execHost } from '../../bed/exec.ts';
import { hostsWithRole, PORTS, type RegionName, virtualAddress } from '../../bed/topology.ts';
import { NotInTime, waitUntil } from '../../bed/wait.ts';
import { byPassword, IdentityApi } from '../isolation/identity-api.ts';
import { describe } from '../regent-view.ts';
import { regentctl } from '../regentctl.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { type HomeAndAway, homeAndAway } from './regions.ts';

const POLICY = 'catalog';
const POLICY_FILE = `/opt/regent/test/bed/policies/optional/${POLICY}.yaml`;
/** The policy looks every 10 s. */
const RIGHT_WITHIN_MS = 30_000;

export const endpointCatalog: Scenario = {
  name: 'endpoint-catalog',
  what: "a tool writes one region's address into the other's rows of the catalogue",
  promise: 'declared rows are put right under their ids within 30 s, rows of others are not touched',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

interface Endpoint {
  readonly id: string;
  readonly region: string;
  readonly interface: string;
  readonly url: string;
}

class Catalogue {
  readonly #home: IdentityApi;
  readonly token: string;

  constructor(home: IdentityApi, token: string) {
    this.#home = home;
    this.token = token;
  }

  async rows(type: string): Promise<readonly Endpoint[]> {
    const services = await this.#get<{ services: { id: string }[] }>(`/services?type=${type}`);
    const id = services.services[0]?.id ?? '';
    return (await this.#get<{ endpoints: Endpoint[] }>(`/endpoints?service_id=${id}`)).endpoints;
  }

  async write({ id }: Endpoint, url: string): Promise<void> {
    const ask = { method: 'PATCH', token: this.token, body: { endpoint: { url } } } as const;
    const { status } = await this.#home.keystone(`/endpoints/${id}`, ask);
    if (status !== 200) throw new Error(`the row ${id} could not be written: ${status}`);
  }

  /** regent's account may then change the catalogue. */
  async letKeep(user: string): Promise<void> {
    const users = await this.#get<{ users: { id: string }[] }>(`/users?name=${user}`);
    const roles = await this.#get<{ roles: { id: string }[] }>('/roles?name=admin');
    const projects = await this.#get<{ projects: { id: string }[] }>('/projects?name=service');
    const path = `/projects/${projects.projects[0]?.id}/users/${users.users[0]?.id}/roles/${roles.roles[0]?.id}`;
    const { status } = await this.#home.keystone(path, { method: 'PUT', token: this.token });
    if (status !== 204) throw new Error(`${user} could not be given the role admin: ${status}`);
  }

  async #get<T>(path: string): Promise<T> {
    const { status, body } = await this.#home.keystone(path, { token: this.token });
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return body as T;
  }
}

async function run(context: Context): Promise<Figures> {
  const { home, away } = homeAndAway(context);
  const { secrets } = await currentBed();
  const api = new IdentityApi(home);
  const catalogue = new Catalogue(api, await api.token(byPassword('admin', secrets.ADMIN_PASSWORD, 'admin')));
  const [host = ''] = hostsWithRole('api', home).map(({ name }) => name);
  const sinceWallMs = Date.now();
  await catalogue.letKeep('regent');
  await forgetRoles(home);
  const before = await catalogue.rows('placement');
  await regentctl(host, ['policy', 'apply', '--wait', '30', POLICY_FILE]);
  try {
    await isRight(context, 'the row that was missing is there', async () => {
      const fresh = (await catalogue.rows('placement')).filter(({ region }) => region === 'fresh');
      return { ok: fresh.length === 1, detail: fresh.map(({ url }) => url).join() };
    });
    await overwritten(context, catalogue, { home, away });
    const after = (await catalogue.rows('placement')).filter(({ region }) => region !== 'fresh');
    const isSame = JSON.stringify(after) === JSON.stringify(before);
    context.check('rows that the policy does not declare are as before', isSame, `${after.length} rows`);
    const events = await context.regent.events('anywhere', sinceWallMs);
    const told = events.filter(({ name }) => name.startsWith('catalog:row:'));
    const names = told.map(({ name }) => name).join();
    const isTold = /^catalog:row:created(,catalog:row:updated){2}$/.test(names);
    context.check('each row is explained', isTold, describe(told, 10));
  } finally {
    await regentctl(host, ['policy', 'delete', POLICY]);
  }
  return { outageMs: null };
}

/** Each Keystone of the bed has a memcached of its own, so that the others believe in the old roles for ten minutes. */
async function forgetRoles(region: RegionName): Promise<void> {
  for (const { name, address } of hostsWithRole('api', region)) {
    const flush = `printf 'flush_all\\r\\nquit\\r\\n' | socat -t 5 - TCP:${address}:${PORTS.memcached}`;
    const { stdout, stderr } = await execHost(name, ['sh', '-c', flush]);
    if (!stdout.startsWith('OK')) throw new Error(`${name}: memcached was not emptied: ${stdout}${stderr}`);
  }
}

async function overwritten(
  context: Context,
  catalogue: Catalogue,
  { home, away }: Pick<HomeAndAway, 'home' | 'away'>,
): Promise<void> {
  context.say(`a tool writes ${home}'s address into ${away}'s identity rows`);
  const rows = (await catalogue.rows('identity')).filter(({ region }) => region === away);
  const [first, second] = rows;
  if (first === undefined || second === undefined) throw new Error(`${away} has no identity rows`);
  for (const row of [first, second]) await catalogue.write(row, `http://${virtualAddress(home)}:5000/v3`);
  await isRight(context, 'the rows are put right, each under its id', async () => {
    const now = (await catalogue.rows('identity')).filter(({ region }) => region === away);
    return { ok: sorted(now) === sorted(rows), detail: sorted(now) };
  });
}

const sorted = (rows: readonly Endpoint[]): string =>
  rows
    .map(({ id, interface: on, url }) => `${id} ${on} ${url}`)
    .toSorted()
    .join('; ');

async function isRight(
  { check, signal }: Context,
  claim: string,
  look: () => Promise<{ ok: boolean; detail: string }>,
): Promise<void> {
  const startedMs = Date.now();
  const problem = await waitUntil(claim, { timeoutMs: RIGHT_WITHIN_MS, pauseMs: 500, signal }, look).then(
    () => '',
    (error: unknown) => {
      if (error instanceof NotInTime) return error.message;
      throw error;
    },
  );
  check(claim, problem === '', problem || `after ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}
