/**
 * Two stores in memory with a healthy cloud in them, as a node of region south sees it, and regentctl run against
 * them: the real commands, with captured output and a clock that the test moves.
 */
import { eventText } from '../../src/audit/event-json.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { runCli } from '../../src/cli/program.ts';
import type { AuditEvent } from '../../src/core/event.ts';
import type { Facts } from '../../src/core/observation.ts';
import type { CatalogLook } from '../../src/runtime/agent/catalog-access.ts';
import { parseConfig } from '../../src/runtime/config.ts';
import { databaseStateRecord, memberRecord, primaryKeyRecord } from '../../src/store/database-records.ts';
import { encodeDesired } from '../../src/store/desired-spec.ts';
import * as keys from '../../src/store/keys.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { type Link, MemoryStore } from '../../src/store/memory-store.ts';
import * as records from '../../src/store/schema.ts';
import { DATABASE, IDENTITY, northNodes, policyOf, southNodes, VIP } from '../policy/a-world.ts';
import { FakeTime } from '../runtime/fake-time.ts';

const PKI = 'ca: /pki/ca.pem, certificate: /pki/node.pem, key: /pki/node-key.pem';
const SITES = '["https://192.0.2.11:22379", "https://198.51.100.11:22379", "https://203.0.113.11:22379"]';
export const CONFIG = `apiVersion: regent/v1
node: south-1
region: south
roles: [proxy]
interface: host0
addresses: [198.51.100.11]
stores:
  regional: { endpoints: ["https://198.51.100.11:2379"], ${PKI} }
  global: { endpoints: ${SITES}, ${PKI} }
proxy: { haproxySocket: /h, keepalivedDirectory: /k, trackDirectory: /t, notifyFifo: /n }
`;

const DIRECT: Link = { toStore: (deliver) => deliver(), fromStore: (deliver) => deliver() };
const BOOT = 'boot-1';
const SINCE = '2023-11-14T22:13:20.000Z';
const member = {
  bootId: BOOT,
  serverInvocation: 'i1',
  serverUp: true,
  quarantined: false,
  peer: null,
  rebuilding: false,
  seenTerm: 4n,
  policyRevision: null,
  answer: null,
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Cloud {
  readonly time = new FakeTime();
  readonly regional = new MemoryCluster({ clock: this.time, timers: this.time });
  readonly global = new MemoryCluster({ clock: this.time, timers: this.time });
  readonly files = new Map<string, string>();
  /** Bodies of the agents' `/status`, by URL. */
  readonly agents = new Map<string, string>();
  catalog: CatalogLook = { ok: false, detail: 'no Keystone here' };
  config = CONFIG;
  isTerminal = false;
  environment: Record<string, string> = {};
  readonly interrupt = new AbortController();
  /** Called with what is printed, at that moment. */
  onOut: (text: string) => void = () => {};

  put(cluster: MemoryCluster, key: string, value: string): bigint {
    return cluster.transact([], [{ kind: 'put', key, value }]).revision;
  }

  delete(cluster: MemoryCluster, key: string): void {
    cluster.transact([], [{ kind: 'delete', key }]);
  }

  /** A policy that is in force. @returns the revision of its text */
  accept(cluster: MemoryCluster, name: string, text: string): bigint {
    const revision = this.put(cluster, keys.policyKey(name), text);
    this.put(cluster, keys.acceptedKey(name), records.acceptedRecord.encode({ text, revision, isRetired: false }));
    this.delete(cluster, keys.rejectedKey(name));
    return revision;
  }

  observe(node: string, probe: string, health: 'ok' | 'failed', facts: Facts = {}): void {
    const value = records.observationRecord.encode({ health, detail: `${probe} looked`, facts, since: SINCE });
    this.put(this.regional, keys.observationKey(node, probe), value);
  }

  record(cluster: MemoryCluster, event: AuditEvent): void {
    this.put(cluster, keys.eventKey(event.id), eventText(event));
  }

  /** Runs regentctl and moves the clock until it ends. */
  async run(...argv: readonly string[]): Promise<Ran> {
    const ran = { out: '', err: '', code: Number.NaN };
    const ended = runCli(argv, '0.1.0', this.#deps(ran)).then((code) => {
      ran.code = code;
    });
    await this.time.until(() => !Number.isNaN(ran.code));
    await ended;
    return ran;
  }

  /** Runs a command that goes on; the output grows while the test goes on. */
  begin(...argv: readonly string[]): { readonly ran: Ran; readonly ended: Promise<void> } {
    const ran = { out: '', err: '', code: Number.NaN };
    const ended = runCli(argv, '0.1.0', this.#deps(ran)).then((code) => {
      ran.code = code;
    });
    return { ran, ended };
  }

  #deps(ran: { out: string; err: string }): CliDeps {
    const store = (name: string, cluster: MemoryCluster) =>
      new MemoryStore({ name, cluster, timers: this.time, link: DIRECT });
    return {
      out: (text) => {
        ran.out += text;
        this.onOut(text);
      },
      err: (text) => {
        ran.err += text;
      },
      isTerminal: this.isTerminal,
      environment: this.environment,
      clock: this.time,
      timers: this.time,
      wallMs: this.time.wallMs,
      readText: async (path) => {
        const text = this.files.get(path);
        if (text === undefined) throw new Error('no such file');
        return text;
      },
      loadConfig: async () => parseConfig(this.config),
      openStores: async ({ stores }) => ({
        regional: stores.regional === undefined ? undefined : store('regional', this.regional),
        global: store('global', this.global),
        isOne: false,
      }),
      lookAtCatalog: async () => this.catalog,
      fetchText: async (url) => this.agents.get(url),
      interrupted: this.interrupt.signal,
    };
  }
}

/** Everything is as it should be. */
export function healthyCloud(): Cloud {
  const cloud = new Cloud();
  const { regional, global } = cloud;
  for (const { node, roles, addresses } of southNodes) {
    const http = node === 'south-2' ? `http://${addresses[0]}:9999` : null;
    const presence = { region: 'south', roles, addresses, version: '0.1.0', bootId: BOOT, http };
    const value = records.nodeRecord.encode(presence);
    cloud.put(regional, keys.nodeKey(node), value);
  }
  const leads = (node: string, region: string) => records.leaderRecord.encode({ node, region, bootId: BOOT });
  cloud.put(regional, keys.leaderKey(), leads('south-2', 'south'));
  cloud.put(global, keys.arbiterKey(), leads('witness-1', 'witness'));
  cloud.put(global, keys.regionKey('north'), records.regionRecord.encode({ leader: 'north-1', epoch: 7n }));
  cloud.put(global, keys.regionKey('south'), records.regionRecord.encode({ leader: 'south-2', epoch: 8n }));
  cloud.accept(global, 'keystone', DATABASE);
  cloud.accept(regional, 'vip', VIP);
  cloud.accept(regional, 'identity', IDENTITY);
  cloud.observe('south-1', 'vip-vip', 'ok', { owner: true });
  cloud.observe('south-2', 'vip-vip', 'ok', { owner: false });
  cloud.observe('south-2', 'mariadb', 'ok');
  putDesired(cloud, {});
  putDatabase(cloud);
  return cloud;
}

export function putDesired(
  cloud: Cloud,
  difference: { readonly state?: 'home' | 'isolated'; readonly isOrdered?: boolean; readonly unfit?: string[] },
) {
  const { state = 'home', isOrdered = false, unfit = [] } = difference;
  const { interface: on, virtualRouterId, advertIntervalMs, nodes, address } = policyOf<never>(VIP) as never as Vip;
  const wanted = { address, interface: on, virtualRouterId, advertIntervalMs, nodes, peers: {} };
  const isIsolated = state === 'isolated';
  const ready = isIsolated ? ['south-1', 'south-2'] : ['north-1', 'north-2'];
  const identity = { kind: 'identity', name: 'identity', state, home: 'north', backend: 'keystone' } as const;
  const plain = { sessions: 'end', backups: [], further: [], rollout: null } as const;
  const specs = [
    encodeDesired({ kind: 'vip', name: 'vip', unfit, wanted }),
    encodeDesired({ ...identity, ...plain, ready, readOnly: isIsolated, isOrdered }),
  ];
  const [vip, route] = specs.map((spec) => records.desiredRecord.encode({ epoch: 8n, policyRevision: 1n, spec }));
  cloud.put(cloud.regional, keys.desiredKey('vip', 'vip'), vip ?? '');
  cloud.put(cloud.regional, keys.desiredKey('identity', 'identity'), route ?? '');
}

type Vip = import('../../src/core/policy.ts').VirtualAddress;

function putDatabase(cloud: Cloud): void {
  const { global } = cloud;
  const state = {
    term: 4n,
    primary: 'north-3',
    primaryInvocation: 'i1',
    phase: 'steady' as const,
    ackers: [{ node: 'north-2', account: 'repl-north-2', invocation: 'i1' }],
    ackersVersion: 1,
    unacknowledgedAtProof: 0,
    electable: ['north-2', 'south-2'],
    timing: null,
    ballot: null,
    unfinished: null,
    receipt: null,
    promotions: [],
    hold: null,
    switchedAtMs: 0,
  };
  cloud.put(global, keys.databaseStateKey('keystone'), databaseStateRecord.encode(state));
  const key = primaryKeyRecord.encode({ node: 'north-3', term: 4n, bootId: BOOT, serverInvocation: 'i1' });
  cloud.put(global, keys.databasePrimaryKey('keystone'), key);
  for (const { node, region } of [...northNodes.slice(1), ...southNodes.slice(1, 2)]) putMember(cloud, node, region);
  const lag = {
    node: 'south-2',
    version: '0.1.0',
    databases: { keystone: { serverUp: true, readOnly: true, lagSeconds: 3 } },
  };
  const other = { ...lag, node: 'north-2', databases: { keystone: { serverUp: true, readOnly: true, lagSeconds: 5 } } };
  cloud.agents.set('http://192.0.2.12:9464/status', JSON.stringify(other));
  cloud.agents.set('http://198.51.100.12:9999/status', JSON.stringify(lag));
}

export function putMember(cloud: Cloud, node: string, region: string, difference: Partial<typeof member> = {}): void {
  const isPrimary = node === 'north-3';
  const value = memberRecord.encode({
    ...member,
    node,
    region,
    readOnly: !isPrimary,
    follows: isPrimary ? null : 'north-3',
    semiSyncReplica: node === 'north-2',
    ackersVersion: 1,
    account: isPrimary ? null : `repl-${node}`,
    ...difference,
  } as never);
  cloud.put(cloud.global, keys.databaseMemberKey('keystone', node), value);
}
