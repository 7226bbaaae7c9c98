/**
 * A region of the bed as one without a load balancer that regent may switch: its own address leads to its own Keystones for
 * good, and its policy edits the files of the services instead. And back to what the bed begins with.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { applyPolicyText } from '../../bed/apply-policies.ts';
import { execHost } from '../../bed/exec.ts';
import { hostsWithRole, PORTS, type RegionName, virtualAddress } from '../../bed/topology.ts';
import { PROXY_SOCKET } from '../host-facts.ts';
import { SERVICES } from './service-files.ts';

/** The name of the region's policy, by whichever way it goes. */
export const routeOf = (region: RegionName): string => `identity-${region}`;

/** What the services' files name when they go to this region. */
export const addressOf = (region: RegionName): string => `http://${virtualAddress(region)}:${PORTS.keystone}`;

/** The nodes in the order in which they are changed. */
export const nodesOf = (region: RegionName): readonly string[] => hostsWithRole('api', region).map(({ name }) => name);

const OF_PROXIES = ['backend', 'otherBackends', 'frontBackends'];

/** @throws Error with regentctl's own words when the policy is not accepted */
export async function routeByFiles(region: RegionName): Promise<void> {
  const policyByProxy = parse(await policyText(region)) as Readonly<Record<string, unknown>>;
  const kept = Object.entries(policyByProxy).filter(([field]) => !OF_PROXIES.includes(field));
  const services = SERVICES.map(({ service }) => service);
  const policy = { ...Object.fromEntries(kept), via: 'config', services, nodes: nodesOf(region) };
  await applyPolicyText(stringify(policy), region);
}

/** Once the policy goes by files, and its proxies know it: before, they would put it right again. */
export async function leadToOwn(region: RegionName): Promise<void> {
  for (const { name } of hostsWithRole('proxy', region)) await leadTo(name, region);
}

/** From then on regent leads the region's address again, to home. */
export async function routeByProxy(region: RegionName): Promise<void> {
  await applyPolicyText(await policyText(region), region);
}

function policyText(region: RegionName): Promise<string> {
  return readFile(`${import.meta.dirname}/../../bed/policies/${routeOf(region)}.yaml`, 'utf8');
}

/** As an operator would in HAProxy's configuration: those that are to serve first. */
async function leadTo(proxy: string, region: RegionName): Promise<void> {
  const states = hostsWithRole('api').map(({ name, site }) => ({ name, isOwn: site === region }));
  const orders = states
    .toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn))
    .map(({ name, isOwn }) => `set server keystone/${name} state ${isOwn ? 'ready' : 'maint'}`);
  const { code, stderr } = await execHost(proxy, ['socat', '-', PROXY_SOCKET], { input: `${orders.join('; ')}\n` });
  if (code !== 0) throw new Error(`HAProxy of ${proxy}: ${stderr.trim()}`);
}
