/** Rows in which an operator has the last word: a database that is held, and a store that was restored from an old copy. */

import { copyFile } from 'node:fs/promises';
import { ETCD_PKI } from '../../bed/config/etcd.ts';
import { execHost } from '../../bed/exec.ts';
import { killUnit, startUnit, stopUnit } from '../../bed/faults.ts';
import { hostRoot } from '../../bed/paths.ts';
import { globalStoreMembers, PORTS } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { CHECKS, type FaultRow, type Preparation } from '../row.ts';
import { databaseState } from '../store-view.ts';
import { after, bounds } from '../timing.ts';

const STORE = 'etcd-global.service';
const COPY = '/var/tmp/regent-store.db';
const DATA = '/var/lib/etcd/etcd-global';
const HELD_MS = 8_000;
/** The members' words run out, and the primary closes; an operator sees that nothing is decided, and why. */
const UNDECIDED_MS = 15_000;
const COMMAND_TIMEOUT_MS = 60_000;

export const operatorRows: readonly FaultRow[] = [
  {
    name: 'database-held',
    what: `an operator holds the database, and the primary's mariadbd is killed: no ballot opens for ${HELD_MS / 1000} s, until it is released`,
    shows: ['I5', 'I6'],
    moves: 'the primary',
    outage: after(HELD_MS, 'held', bounds.crash),
    make: async (scene) => {
      await regentctl(scene.primary, ['hold', '--why', 'the row of the fault table', '--for', '5m']);
      const { term } = await databaseState();
      await killUnit(scene.primary, 'mariadb.service');
      await scene.pause(HELD_MS);
      const held = await databaseState();
      const isUntouched = held.term === term && held.phase === 'steady' && scene.databases.open.length === 0;
      const detail = `term ${held.term} (${term} before), ${held.phase}, open: ${scene.databases.open.join(', ') || 'none'}`;
      scene.check(CHECKS.met, isUntouched, detail);
      await regentctl(scene.primary, ['release']);
    },
  },
  {
    name: 'store-went-back',
    what: 'the global store is restored from a copy that is older than the last switchover: nothing is decided until an operator adopts it',
    shows: ['I1', 'I2', 'I3'],
    moves: 'the primary',
    outage: after(UNDECIDED_MS, 'undecided', bounds.storeReturn),
    prepare: copyStoreAndSwitch,
    make: async (scene) => {
      const { term } = await databaseState();
      await restoreStore();
      await scene.pause(UNDECIDED_MS);
      const restored = await databaseState();
      const { open } = scene.databases;
      const isUndecided =
        restored.term < term && restored.phase === 'steady' && open.every((each) => each === scene.primary);
      scene.check(
        CHECKS.met,
        isUndecided,
        `term ${restored.term} (${term} before), open: ${open.join(', ') || 'none'}`,
      );
      const { stdout } = await execHost(scene.primary, ['regentctl', 'status'], { timeoutMs: COMMAND_TIMEOUT_MS });
      scene.check('regentctl status says what to do', stdout.includes('adopt-store'), stdout);
      await regentctl(scene.primary, ['adopt-store', '--primary', scene.primary]);
    },
  },
];

/** The copy is of one member, taken at rest; the switchover after it is what the copy does not know. */
async function copyStoreAndSwitch({ primary, neighbour, signal }: Preparation): Promise<void> {
  const [first, ...others] = globalStoreMembers();
  if (first === undefined) throw new Error('the global store has no member');
  await etcdctl(first.name, ['--endpoints', `https://127.0.0.1:${PORTS.globalClient}`, 'snapshot', 'save', COPY]);
  for (const { name } of others) await copyFile(`${hostRoot(first.name)}${COPY}`, `${hostRoot(name)}${COPY}`);
  await regentctl(primary, ['switchover', '--to', neighbour]);
  await waitUntil('the switchover', { timeoutMs: COMMAND_TIMEOUT_MS, pauseMs: 500, signal }, async () => {
    const state = await databaseState();
    return { ok: state.primary === neighbour && state.phase === 'steady', detail: state.primary };
  });
}

/** As etcd's manual says: all members stopped, each given the same copy, and started as a new cluster. */
async function restoreStore(): Promise<void> {
  const members = globalStoreMembers();
  const url = (address: string) => `https://${address}:${PORTS.globalPeer}`;
  const cluster = members.map(({ name, address }) => `${name}=${url(address)}`).join(',');
  await Promise.all(members.map(({ name }) => stopUnit(name, STORE)));
  for (const { name, address } of members) {
    await must(name, ['rm', '-rf', DATA]);
    const where = ['--data-dir', DATA, '--name', name, '--initial-advertise-peer-urls', url(address)];
    await etcdctl(name, [
      'snapshot',
      'restore',
      COPY,
      ...where,
      '--initial-cluster',
      cluster,
      '--initial-cluster-token',
      'global',
    ]);
    await must(name, ['chown', '-R', 'etcd:etcd', DATA]);
  }
  await Promise.all(members.map(({ name }) => startUnit(name, STORE)));
}

async function regentctl(host: string, argv: readonly string[]): Promise<void> {
  await must(host, ['regentctl', 'database', ...argv]);
}

async function etcdctl(host: string, argv: readonly string[]): Promise<void> {
  const tls = [`--cacert=${ETCD_PKI}/ca.pem`, `--cert=${ETCD_PKI}/node.pem`, `--key=${ETCD_PKI}/node-key.pem`];
  await must(host, ['env', 'ETCDCTL_API=3', 'etcdctl', ...tls, ...argv]);
}

/** @throws Error with the command's own words */
async function must(host: string, argv: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await execHost(host, argv, { timeoutMs: COMMAND_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} on ${host}: ${stderr.trim() || stdout.trim()}`);
}
