/**
 * What the global store says, read past regent: who is the arbiter, who leads the store, where a ballot is. One member is
 * asked with its local client; the witness is asked, because rows break the others.
 */

import { readFile, readlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { BallotStep, DatabaseState } from '../../src/core/database/state.ts';
import { databaseStateRecord, memberRecord } from '../../src/store/database-records.ts';
import { arbiterKey, databaseMemberKey, databaseStateKey } from '../../src/store/keys.ts';
import { ETCD_PKI } from '../bed/config/etcd.ts';
import { processesInGroups } from '../bed/control-group.ts';
import { execHost, leaderOf, spawnInHost } from '../bed/exec.ts';
import { globalStoreMembers, PORTS } from '../bed/topology.ts';
import type { Scene } from './row.ts';

/** The database of the bed's policy. */
const DATABASE = 'keystone';
const ASKED = 'witness-1';
const STEP_TIMEOUT_MS = 20_000;
/** etcdctl says nothing when its watch begins. */
const WATCH_BEGINS_MS = 500;

/** @throws Error when the store does not answer or holds no readable state */
export async function databaseState(): Promise<DatabaseState> {
  const key = databaseStateKey(DATABASE);
  const found = databaseStateRecord.read(key, await etcdctl(ASKED, ['get', key, '--print-value-only']));
  if (!found.ok) throw found.problem;
  return found.value;
}

/** What a member says that it follows: what its agent has told lags behind what its server does. */
export async function followedBy(node: string): Promise<string | null> {
  const key = databaseMemberKey(DATABASE, node);
  const found = memberRecord.read(key, await etcdctl(ASKED, ['get', key, '--print-value-only']));
  return found.ok ? found.value.follows : null;
}

/** The node that holds the arbiter's election. @throws Error when nobody does */
export async function arbiterNow(): Promise<string> {
  const text = await etcdctl(ASKED, ['get', arbiterKey(), '--print-value-only']);
  const node = /"node":"([^"]+)"/.exec(text)?.[1];
  if (node === undefined) throw new Error(`nobody is the arbiter: ${text.trim()}`);
  return node;
}

/** The host whose member leads the global store. @throws Error when none does */
export async function storeLeader(): Promise<string> {
  for (const { name } of globalStoreMembers()) {
    const text = await etcdctl(name, ['endpoint', 'status', '--write-out=json']);
    const [status] = JSON.parse(text) as [{ Status: { leader?: number; header: { member_id: number } } }];
    if (status.Status.leader === status.Status.header.member_id) return name;
  }
  throw new Error('no member leads the global store');
}

/** @throws Error with etcdctl's words */
export async function moveLeader(from: string, to: string): Promise<void> {
  const members = (await etcdctl(from, ['member', 'list'])).split('\n');
  const id = members.find((line) => line.includes(`, ${to},`))?.split(',')[0];
  if (id === undefined) throw new Error(`the global store has no member ${to}`);
  await etcdctl(from, ['move-leader', id]);
}

/**
 * Watches for a ballot's step from now on.
 *
 * @param act - called at once when the step is seen
 * @returns a function that waits for it; false when no ballot came that far in time
 */
export async function atStep(scene: Scene, step: BallotStep, act?: () => void): Promise<() => Promise<boolean>> {
  const { child } = await spawnInHost(ASKED, ['env', ...etcdctlWords(['watch', databaseStateKey(DATABASE)])]);
  const seen = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes(`"step":"${step}"`)) return;
      act?.();
      act = undefined;
      resolve(true);
    });
  });
  scene.onUndo(async () => {
    child.kill('SIGKILL');
  });
  await delay(WATCH_BEGINS_MS);
  return () => Promise.race([seen, delay(STEP_TIMEOUT_MS, false, { ref: false })]);
}

/**
 * A process of a host, as this machine numbers it, so that a signal needs no program to be started first.
 *
 * @param words - found in its command line
 * @throws Error when there is none
 */
export async function mainProcess(host: string, words: string): Promise<number> {
  const namespace = await readlink(`/proc/${await leaderOf(host)}/ns/pid`);
  for (const pid of await processesInGroups()) {
    // A process that has ended meanwhile is not the one.
    const [own, said] = await Promise.all([
      readlink(`/proc/${pid}/ns/pid`).catch(() => ''),
      readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    ]);
    if (own === namespace && said.includes(words)) return pid;
  }
  throw new Error(`no process of ${host} says ${words}`);
}

function etcdctlWords(argv: readonly string[]): readonly string[] {
  const tls = [`--cacert=${ETCD_PKI}/ca.pem`, `--cert=${ETCD_PKI}/node.pem`, `--key=${ETCD_PKI}/node-key.pem`];
  return ['ETCDCTL_API=3', 'etcdctl', `--endpoints=https://127.0.0.1:${PORTS.globalClient}`, ...tls, ...argv];
}

async function etcdctl(host: string, argv: readonly string[]): Promise<string> {
  const outcome = await execHost(host, ['env', ...etcdctlWords(argv)]);
  if (outcome.code !== 0) throw new Error(`etcdctl ${argv[0]} on ${host}: ${outcome.stderr.trim()}`);
  return outcome.stdout;
}
