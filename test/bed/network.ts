/**
 * The bed's own network: one namespace with a bridge per site and the routes between them (the fabric), one namespace per
 * host and per client. There is no route out of the fabric, so nothing that runs in the bed can reach anything else.
 */

import { rulesetWithoutCuts } from './cuts.ts';
import { FABRIC_NAMESPACE, networkNamespace, networkNamespacePath, PREFIX } from './paths.ts';
import { must, run } from './run.ts';
import { CLIENTS, HOST_INTERFACE, HOSTS, SITES, type SiteName, siteByName } from './topology.ts';

interface Endpoint {
  readonly name: string;
  readonly site: SiteName;
  readonly address: string;
}

/** Everything that has a namespace of its own and a port on a bridge. */
export const ENDPOINTS: readonly Endpoint[] = [...HOSTS, ...CLIENTS];

/**
 * Builds the whole network. Nothing of an earlier bed may be left.
 *
 * @throws CommandFailed when the kernel refuses a part
 */
export async function createNetwork(): Promise<void> {
  const namespaces = [FABRIC_NAMESPACE, ...ENDPOINTS.map((each) => networkNamespace(each.name))];
  await ipBatch(
    [],
    namespaces.map((name) => `netns add ${name}`),
  );
  await ipBatch(['-n', FABRIC_NAMESPACE], fabricCommands());
  await setKernelValue(FABRIC_NAMESPACE, 'net/ipv4/ip_forward', '1');
  await must([...inNamespace(FABRIC_NAMESPACE), 'nft', '-f', '-'], { input: rulesetWithoutCuts() });
  for (const endpoint of ENDPOINTS) {
    const namespace = networkNamespace(endpoint.name);
    await ipBatch(
      ['-n', namespace],
      [
        'link set lo up',
        `link set ${HOST_INTERFACE} up`,
        `addr add ${endpoint.address}/24 dev ${HOST_INTERFACE}`,
        `route add default via ${siteByName(endpoint.site).gateway}`,
      ],
    );
    await setKernelValue(namespace, 'net/ipv4/ip_nonlocal_bind', '1');
  }
}

/** Names of the bed's namespaces that exist right now, whoever made them. */
export async function existingNamespaces(): Promise<readonly string[]> {
  const listed = await run(['ip', 'netns', 'list']);
  const names = listed.stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => name.startsWith(PREFIX));
}

/** Removes every namespace of the bed; interfaces and rules go with them. */
export async function removeNetwork(): Promise<void> {
  for (const name of await existingNamespaces()) await must(['ip', 'netns', 'delete', name]);
}

function fabricCommands(): readonly string[] {
  const commands = ['link set lo up'];
  for (const { name, gateway } of SITES) {
    commands.push(
      `link add br-${name} type bridge stp_state 0 forward_delay 0`,
      `addr add ${gateway}/24 dev br-${name}`,
      `link set br-${name} up`,
    );
  }
  for (const { name, site } of ENDPOINTS) {
    commands.push(
      `link add ${name} type veth peer name ${HOST_INTERFACE} netns ${networkNamespace(name)}`,
      `link set ${name} master br-${site}`,
      `link set ${name} up`,
    );
  }
  return commands;
}

async function ipBatch(options: readonly string[], commands: readonly string[]): Promise<void> {
  await must(['ip', ...options, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** Each network namespace has its own values below /proc/sys/net. */
async function setKernelValue(namespace: string, name: string, value: string): Promise<void> {
  await must([...inNamespace(namespace), 'tee', `/proc/sys/${name}`], { input: value });
}

function inNamespace(namespace: string): readonly string[] {
  return ['nsenter', `--net=${networkNamespacePath(namespace)}`];
}
