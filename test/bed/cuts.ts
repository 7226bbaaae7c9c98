/**
 * Which pairs of endpoints cannot talk, as packets see it. Every packet is marked on the bridge port where it comes in and
 * dropped on the port where it would leave, if that pair (in, out) is cut: one rule for bridged and for routed traffic, and
 * each direction on its own. The set of pairs in the kernel is the only state.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { FABRIC_NAMESPACE, networkNamespace, networkNamespacePath } from './paths.ts';
import { must, run } from './run.ts';
import { CLIENTS, HOSTS, SITES } from './topology.ts';

/** Traffic from one endpoint to another that is dropped. */
export interface Cut {
  readonly from: string;
  readonly to: string;
}

/** Everybody who is not on the other side of the cut. */
export const WORLD = 'world';

const ENDPOINTS = [...HOSTS, ...CLIENTS];
const TABLE = 'bridge regent-cuts';
/** The kernel counts timeouts in ticks of up to 10 ms. */
const TIMEOUT_SLACK_MS = 20;

/** The rules of a network in which everybody reaches everybody. */
export function rulesetWithoutCuts(): string {
  const marks = ENDPOINTS.map((each, index) => `"${each.name}" : ${index + 1}`);
  return `table ${TABLE} {
  set pairs { type mark . ifname; flags timeout; }
  chain incoming {
    type filter hook prerouting priority -300; policy accept;
    meta mark set meta iifname map { ${marks.join(', ')} }
  }
  chain outgoing {
    type filter hook postrouting priority 0; policy accept;
    meta mark . oifname @pairs counter drop
  }
}
`;
}

/**
 * The pairs that `cut a b` means. An endpoint that is on both sides stays on the first only.
 *
 * @param oneWay - only what `a` sends to `b` is dropped
 * @throws RangeError for an unknown name or an empty side
 */
export function cutsBetween(a: string, b: string, oneWay: boolean): readonly Cut[] {
  const first = members(a, b);
  const second = members(b, a).filter((name) => !first.includes(name));
  if (first.length === 0 || second.length === 0) throw new RangeError(`a cut between ${a} and ${b} separates nobody`);
  const forward = first.flatMap((from) => second.map((to) => ({ from, to })));
  return oneWay ? forward : [...forward, ...forward.map(({ from, to }) => ({ from: to, to: from }))];
}

/**
 * Drops the traffic of these pairs from now on, whatever connections exist. Each pair is tried with a packet: a fault
 * that has no effect would prove nothing.
 *
 * @throws Error naming a pair whose packets still pass
 */
export async function applyCuts(cuts: readonly Cut[]): Promise<void> {
  const elements = cuts.map(({ from, to }) => `${markOf(from)} . "${to}"`);
  await nft(`add element ${TABLE} pairs { ${elements.join(', ')} }\n`);
  const before = await droppedPackets();
  await Promise.all(cuts.map(sendPacket));
  const dropped = (await droppedPackets()) - before;
  if (dropped < cuts.length) {
    const pairs = cuts.map(({ from, to }) => `${from} to ${to}`).join(', ');
    throw new Error(`the cut was made and dropped ${dropped} of ${cuts.length} test packets: ${pairs}`);
  }
}

/**
 * Drops the traffic of these pairs for a moment: the kernel's own clock ends it, also when this process is late or gone.
 *
 * @returns how many packets were dropped meanwhile
 */
export async function applyCutsFor(cuts: readonly Cut[], durationMs: number): Promise<number> {
  const elements = cuts.map(({ from, to }) => `${markOf(from)} . "${to}" timeout ${Math.round(durationMs)}ms`);
  const before = await droppedPackets();
  await nft(`add element ${TABLE} pairs { ${elements.join(', ')} }\n`);
  await delay(durationMs + TIMEOUT_SLACK_MS);
  return (await droppedPackets()) - before;
}

/** One datagram to a port where nobody listens; on its way the bridge counts it, or the question for its address. */
async function sendPacket({ from, to }: Cut): Promise<void> {
  const address = ENDPOINTS.find((each) => each.name === to)?.address ?? '';
  const namespace = `--net=${networkNamespacePath(networkNamespace(from))}`;
  await must(['nsenter', namespace, 'bash', '-c', `echo cut > /dev/udp/${address}/9`]);
}

async function droppedPackets(): Promise<number> {
  const listed = await must([...IN_FABRIC, 'nft', 'list', 'chain', ...TABLE.split(' '), 'outgoing']);
  const count = /counter packets (\d+)/.exec(listed)?.[1];
  if (count === undefined) throw new Error(`the rule that cuts is gone: ${listed}`);
  return Number(count);
}

/** Everybody reaches everybody again. */
export async function removeCuts(): Promise<void> {
  await nft(`flush set ${TABLE} pairs\n`);
}

/** The cuts in force, as the kernel has them; empty when there is no bed. */
export async function listCuts(): Promise<readonly Cut[]> {
  const listed = await run([...IN_FABRIC, 'nft', '--numeric', 'list', 'set', ...TABLE.split(' '), 'pairs']);
  return [...listed.stdout.matchAll(/(0x[0-9a-f]+|\d+) \. "([^"]+)"/g)].map(([, mark, to]) => ({
    from: ENDPOINTS[Number(mark) - 1]?.name ?? '?',
    to: to ?? '?',
  }));
}

const IN_FABRIC = ['nsenter', `--net=${networkNamespacePath(FABRIC_NAMESPACE)}`];

async function nft(commands: string): Promise<void> {
  await must([...IN_FABRIC, 'nft', '-f', '-'], { input: commands });
}

function members(name: string, other: string): readonly string[] {
  if (name === WORLD) {
    if (other === WORLD) return [];
    const excluded = members(other, name);
    return ENDPOINTS.map((each) => each.name).filter((each) => !excluded.includes(each));
  }
  if (SITES.some((site) => site.name === name))
    return ENDPOINTS.filter((each) => each.site === name).map((each) => each.name);
  if (ENDPOINTS.some((each) => each.name === name)) return [name];
  const known = [...SITES, ...ENDPOINTS].map((each) => each.name);
  throw new RangeError(`no host, client or site "${name}"; there are ${[...known, WORLD].join(', ')}`);
}

function markOf(name: string): number {
  return ENDPOINTS.findIndex((each) => each.name === name) + 1;
}
