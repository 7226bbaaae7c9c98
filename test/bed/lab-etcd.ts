/**
 * An etcd cluster of three in a lab: Debian's etcd, client and peer certificates from an authority made for it, one
 * member killed, frozen or started again by its index. Its data is in memory, so elections have no slow disk to
 * blame.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EtcdTls } from '../../src/store/etcd-store.ts';
import type { Lab } from './lab.ts';
import type { LabProcess } from './lab-process.ts';

const MEMBERS = [0, 1, 2] as const;
const START_TIMEOUT_MS = 60_000;

/** A lease's floor is 1.5 × the election timeout, rounded up: 2 s. */
const TIMING = ['--heartbeat-interval=100', '--election-timeout=1000'];

const PKI = '/lab/pki';
const OPENSSL = `
set -e
mkdir -p ${PKI}; cd ${PKI}
ec() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1-key.pem" -subj "/CN=$1" "\${@:2}"; }
ec ca -x509 -days 2 -out ca.pem
for name in member client; do
  ec "$name" -out "$name.csr"
  printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile "$name.ext" -out "$name.pem"
done
`;

export class LabEtcd {
  readonly tls: EtcdTls;
  readonly #lab: Lab;
  readonly #members = new Map<number, LabProcess>();

  private constructor(lab: Lab, tls: EtcdTls) {
    this.#lab = lab;
    this.tls = tls;
  }

  /** Starts all members and waits until they have a leader. */
  static async start(lab: Lab): Promise<LabEtcd> {
    await lab.run(['bash', '-c', OPENSSL]);
    const pem = (name: string) => readFile(join(lab.directory, 'pki', `${name}.pem`));
    const tls = { ca: await pem('ca'), certificate: await pem('client'), key: await pem('client-key') };
    const cluster = new LabEtcd(lab, tls);
    await Promise.all(MEMBERS.map((index) => cluster.startMember(index)));
    await cluster.#waitForHealth();
    return cluster;
  }

  /** The port of a member inside the lab. */
  port(index: number): number {
    return 2379 + 100 * index;
  }

  async startMember(index: number): Promise<void> {
    this.#members.set(index, await this.#lab.spawn(['/usr/bin/etcd', ...this.#arguments(index)]));
  }

  member(index: number): LabProcess {
    const member = this.#members.get(index);
    if (member === undefined) throw new RangeError(`there is no member ${index}`);
    return member;
  }

  /** Asks the members that answer. @returns the index of the one that leads. */
  async leader(): Promise<number> {
    for (let attempt = 0; attempt < 100; attempt++) {
      for (const index of MEMBERS) {
        const status = await this.etcdctl(index, 'endpoint', 'status', '--write-out=json').catch(() => undefined);
        if (status === undefined) continue;
        const [{ Status }] = JSON.parse(status) as [{ Status: { leader?: number; header: { member_id: number } } }];
        if (Status.leader === Status.header.member_id) return index;
      }
    }
    throw new Error('no member leads');
  }

  async moveLeader(to: number): Promise<void> {
    const from = await this.leader();
    const members = await this.etcdctl(from, 'member', 'list');
    const id =
      members
        .split('\n')
        .find((line) => line.includes(`, m${to},`))
        ?.split(',')[0] ?? '';
    await this.etcdctl(from, 'move-leader', id);
  }

  etcdctl(index: number, ...argv: readonly string[]): Promise<string> {
    const files = [`--cacert=${PKI}/ca.pem`, `--cert=${PKI}/client.pem`, `--key=${PKI}/client-key.pem`];
    const endpoint = `--endpoints=https://127.0.0.1:${this.port(index)}`;
    return this.#lab.run(['etcdctl', endpoint, '--command-timeout=2s', ...files, ...argv], {
      env: { ETCDCTL_API: '3', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    });
  }

  /** Where the lab keeps what the members say; for a test that failed. */
  async saveOutput(): Promise<void> {
    for (const [index, member] of this.#members) {
      await writeFile(join(this.#lab.directory, `member-${index}.log`), member.output);
    }
  }

  async #waitForHealth(): Promise<void> {
    const until = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.etcdctl(0, 'put', '/lab', 'ready');
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
      }
    }
  }

  #arguments(index: number): readonly string[] {
    const client = `https://127.0.0.1:${this.port(index)}`;
    const peer = (member: number) => `https://127.0.0.1:${2380 + 100 * member}`;
    const tls = (kind: '' | 'peer-') => [
      `--${kind}client-cert-auth`,
      `--${kind}trusted-ca-file=${PKI}/ca.pem`,
      `--${kind}cert-file=${PKI}/member.pem`,
      `--${kind}key-file=${PKI}/member-key.pem`,
    ];
    return [
      `--name=m${index}`,
      `--data-dir=/run/etcd-m${index}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer(index)}`,
      `--initial-advertise-peer-urls=${peer(index)}`,
      `--initial-cluster=${MEMBERS.map((member) => `m${member}=${peer(member)}`).join(',')}`,
      ...TIMING,
      ...tls(''),
      ...tls('peer-'),
    ];
  }
}
