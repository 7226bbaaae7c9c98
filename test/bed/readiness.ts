/**
 * When the bed may be called up: both stores answer, each region's address has exactly one owner, and a token issued
 * through each region's address is accepted by placement behind each region's address, as a client sees it.
 */

import { ETCD_PKI } from './config/etcd.ts';
import { execHost, execInClient } from './exec.ts';
import type { Secrets } from './seed.ts';
import { HOSTS, hostsWithRole, PORTS, REGIONS, type RegionName, virtualAddress } from './topology.ts';
import { type Attempt, waitUntil } from './wait.ts';

const STORE_TIMEOUT_MS = 60_000;
const SERVICE_TIMEOUT_MS = 90_000;

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

/** The account that may do everything, in project `admin`. */
export function adminLogin(secrets: Secrets): Login {
  return { user: 'admin', password: secrets.ADMIN_PASSWORD, project: 'admin' };
}

/** @throws NotInTime naming the member that does not answer */
export async function waitForStores(signal?: AbortSignal): Promise<void> {
  const options = { timeoutMs: STORE_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  const waits: Promise<void>[] = [];
  for (const host of HOSTS) {
    const ports = [host.regionalStore ? PORTS.regionalClient : 0, host.globalStore ? PORTS.globalClient : 0];
    for (const port of ports.filter((each) => each > 0)) {
      waits.push(waitUntil(`etcd on ${host.name}:${port}`, options, () => storeAnswers(host.name, port)));
    }
  }
  await Promise.all(waits);
}

/** @throws NotInTime saying what was last seen */
export async function waitForServices(secrets: Secrets, signal?: AbortSignal): Promise<void> {
  const options = { timeoutMs: SERVICE_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  for (const region of REGIONS) {
    await waitUntil(`owner of ${region}'s address`, options, () => hasOneOwner(region));
    await waitUntil(`tokens from ${region}`, options, () => tokensWork(region, secrets));
  }
}

/** Hosts of a region that carry its virtual address now. */
export async function addressOwners(region: RegionName): Promise<readonly string[]> {
  const hosts = hostsWithRole('proxy', region);
  const shown = await Promise.all(
    hosts.map((each) => execHost(each.name, ['ip', '-4', '-oneline', 'address', 'show'])),
  );
  return hosts
    .filter((_, index) => shown[index]?.stdout.includes(` ${virtualAddress(region)}/`))
    .map((each) => each.name);
}

/** Issues a token through a region's address, as its client; undefined when it is not given one. */
export async function issueToken(region: RegionName, login: Login, timeoutS = 5): Promise<string | undefined> {
  const url = `http://${virtualAddress(region)}:${PORTS.keystone}/v3/auth/tokens`;
  const json = ['-H', 'Content-Type: application/json', '--data', '@-'];
  const argv = ['curl', '-s', '-D', '-', '-o', '/dev/null', '--max-time', String(timeoutS), ...json, url];
  const answer = await execInClient(region, argv, { input: JSON.stringify(passwordRequest(login)) });
  return /^x-subject-token: (\S+)/im.exec(answer.stdout)?.[1];
}

/** The HTTP status that placement of a region gives to a token, 0 when it does not answer. */
export async function placementStatus(region: RegionName, token: string, timeoutS = 5): Promise<number> {
  const url = `http://${virtualAddress(region)}:${PORTS.placement}/resource_providers`;
  const argv = [
    'curl',
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--max-time',
    String(timeoutS),
    '-H',
    `X-Auth-Token: ${token}`,
    url,
  ];
  return Number((await execInClient(region, argv)).stdout);
}

function passwordRequest(login: Login): object {
  const user = { name: login.user, password: login.password, domain: { id: 'default' } };
  const scope = { project: { name: login.project, domain: { id: 'default' } } };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope } };
}

async function storeAnswers(host: string, port: number): Promise<Attempt> {
  const tls = [`--cacert=${ETCD_PKI}/ca.pem`, `--cert=${ETCD_PKI}/node.pem`, `--key=${ETCD_PKI}/node-key.pem`];
  const argv = [
    'env',
    'ETCDCTL_API=3',
    'etcdctl',
    `--endpoints=https://127.0.0.1:${port}`,
    ...tls,
    'endpoint',
    'health',
  ];
  const outcome = await execHost(host, argv);
  return { ok: outcome.code === 0, detail: outcome.stderr };
}

async function hasOneOwner(region: RegionName): Promise<Attempt> {
  const owners = await addressOwners(region);
  return { ok: owners.length === 1, detail: owners.length === 0 ? 'no owner' : owners.join(' and ') };
}

async function tokensWork(region: RegionName, secrets: Secrets): Promise<Attempt> {
  const token = await issueToken(region, adminLogin(secrets));
  if (token === undefined) return { ok: false, detail: 'no token issued' };
  const seen = await Promise.all(REGIONS.map((each) => placementStatus(each, token)));
  return { ok: seen.every((status) => status === 200), detail: `placement answers ${seen.join(' and ')}` };
}
