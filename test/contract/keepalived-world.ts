/**
 * The real world of the address contract: two network namespaces on a bridge in one lab, each with its keepalived. A
 * watcher in the lab writes down every change of owner, so that a short move does not go unseen.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeepalivedAddress } from '../../src/actuator/keepalived-address.ts';
import { type Grants, grantsOf, noGrants } from '../../src/core/grants.ts';
import { Lab } from '../bed/lab.ts';
import type { LabProcess } from '../bed/lab-process.ts';
import type { AddressHost, AddressWorld } from './address-world.ts';

const HOSTS = ['h1', 'h2'] as const;

/** `/lab` gets a second name inside: the one that the test has for it, which is written into the fragments. */
const NETWORK = `
set -e
mkdir -p "$(dirname "$1")" && ln -s /lab "$1"
ip link add bridge0 type bridge && ip link set bridge0 up
for index in 1 2; do
  ip netns add h$index
  ip link add port$index type veth peer name host0 netns h$index
  ip link set port$index master bridge0 up
  ip -n h$index addr add 192.0.2.1$index/24 dev host0
  ip -n h$index link set lo up
  ip -n h$index link set host0 up
done
`;

const WATCH = `
while :; do
  now=
  for host in h1 h2; do case "$(ip -n $host -o addr show host0)" in *192.0.2.10/*) now="$now $host";; esac; done
  if [ "$now" != "$last" ]; then echo "$now" >>/lab/owners; last="$now"; fi
  sleep 0.02
done
`;

/** As an operator has it: neither name nor options are regent's. */
function operatorFragment(index: number): string {
  return `vrrp_instance VI_1 {
    version 3
    state BACKUP
    interface host0
    virtual_router_id 51
    priority ${index === 1 ? 150 : 100}
    advert_int 0.1
    unicast_src_ip 192.0.2.1${index}
    unicast_peer {
        192.0.2.1${3 - index}
    }
    virtual_ipaddress {
        192.0.2.10/24 dev host0
    }
}
`;
}

export class KeepalivedWorld implements AddressWorld {
  readonly #lab: Lab;
  readonly #daemons: Readonly<Record<AddressHost, LabProcess>>;
  #seen = 0;
  #owners: readonly string[] = [];

  private constructor(lab: Lab, daemons: Readonly<Record<AddressHost, LabProcess>>) {
    this.#lab = lab;
    this.#daemons = daemons;
  }

  static async start(): Promise<KeepalivedWorld> {
    const lab = await Lab.start();
    await lab.run(['sh', '-c', NETWORK, 'network', lab.directory]);
    const daemons = await Promise.all(HOSTS.map((host, at) => launch(lab, host, at + 1)));
    await lab.spawn(['/bin/sh', '-c', WATCH]);
    const [h1, h2] = daemons;
    if (h1 === undefined || h2 === undefined) throw new Error('a host is missing');
    const world = new KeepalivedWorld(lab, { h1, h2 });
    for (let attempt = 0; attempt < 1_200; attempt++) {
      if ((await world.owners()) === 'h1') return world;
      await sleep(25);
    }
    throw new Error(`the preferred host does not get the address: ${h1.output}`);
  }

  actuator(host: AddressHost, grants?: Grants): KeepalivedAddress {
    const { pid } = this.#daemons[host];
    const directory = join(this.#lab.directory, host);
    const own = grantsOf({
      files: [`${directory}/conf.d/*`, `${directory}/track/*`],
      units: ['keepalived.service'],
      addresses: ['192.0.2.0/24'],
      haproxy: null,
    });
    const inside = ['/usr/bin/nsenter', '--target', String(pid), '--mount', '--net', '--root'];
    return new KeepalivedAddress({
      directory: `${directory}/conf.d`,
      trackDirectory: `${directory}/track`,
      mainFile: `${directory}/keepalived.conf`,
      grants: grants === noGrants ? noGrants : own,
      reload: ['/bin/kill', '-HUP', String(pid)],
      check: [...inside, '/usr/sbin/keepalived', '--log-console', '--config-test', '-f'],
    });
  }

  async owners(): Promise<string> {
    const text = await readFile(join(this.#lab.directory, 'owners'), 'utf8').catch(() => '');
    this.#owners = text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trim());
    return this.#owners.at(-1) ?? '';
  }

  history(): readonly string[] {
    const from = Math.max(0, this.#seen - 1);
    this.#seen = this.#owners.length;
    return this.#owners.slice(from);
  }

  async stop(): Promise<void> {
    await this.#lab.stop();
  }
}

async function launch(lab: Lab, host: AddressHost, index: number): Promise<LabProcess> {
  const directory = join(lab.directory, host);
  for (const name of ['', 'conf.d']) await mkdir(join(directory, name), { recursive: true });
  const main = `global_defs {\n    router_id ${host}\n    vrrp_priority -20\n    script_user root\n}\ninclude ${directory}/conf.d/*.conf\n`;
  await writeFile(join(directory, 'keepalived.conf'), main);
  await writeFile(join(directory, 'conf.d/vip.conf'), operatorFragment(index));
  const files = ['-f', `${directory}/keepalived.conf`, '-p', `/run/${host}.pid`, '-r', `/run/${host}-vrrp.pid`];
  const enter = ['/usr/bin/nsenter', `--net=/run/netns/${host}`];
  return lab.spawn([...enter, '/usr/sbin/keepalived', '--dont-fork', '--log-console', ...files]);
}
