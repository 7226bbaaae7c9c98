/**
 * Which disturbances a false-positive run makes: drawn from a seed, one after the other, each shorter than what the lease
 * forgives (test/simulation/ballot/blip-bound.ts), with time for a renewal in between. Pure.
 */

import { globalStoreMembers, HOSTS, hostsWithRole, regionalStoreMembers } from '../../bed/topology.ts';
import { blipMaxMs, blipPauseMinMs } from '../../simulation/ballot/blip-bound.ts';
import { SeededRandom } from '../../simulation/random.ts';

/**
 * `pause`: SIGSTOP of one unit, as a long garbage collection is; `freeze`: of a whole host; `deaf`, `mute`: what is sent to a
 * host, or by it, is dropped; `elect`: the global store's leadership moves; `restart`: of one member of a store; `busy`: more
 * work for the processors than there are.
 */
export const BLIP_KINDS = ['pause', 'freeze', 'deaf', 'mute', 'elect', 'restart', 'busy'] as const;

export interface Blip {
  readonly kind: (typeof BLIP_KINDS)[number];
  readonly host: string;
  /** Of `pause` and `restart`. */
  readonly unit: string;
  /** Means nothing for `elect` and `restart`, which take what they take. */
  readonly durationMs: number;
  /** Until the next one. */
  readonly pauseMs: number;
}

const AGENT = 'regent-agent.service';
const DATABASE = 'mariadb.service';
const GLOBAL_STORE = 'etcd-global.service';
const REGIONAL_STORE = 'etcd.service';

const SHORTEST_MS = 100;
/** Signals and rules take some ms to be in force, and to end. */
const MACHINERY_MS = 100;
const BUSY_MS = [2_000, 5_000] as const;
const PAUSE_MAX_MS = 4_000;
/** Round trips on the bed, under load. */
const RTT_MS = 50;
const ON_PRIMARY = 0.5;

export interface BlipTiming {
  readonly ttlMs: number;
  readonly marginMs: number;
}

/** What a blip on the bed may last at most, to be one. */
export function blipLimitMs(timing: BlipTiming): number {
  return blipMaxMs({ ...timing, rttMs: RTT_MS });
}

/** @param primary - half of what can be aimed is aimed at it */
export function* blips(seed: number, timing: BlipTiming, primary: string): Generator<Blip, never> {
  const random = new SeededRandom(seed);
  const longestMs = blipLimitMs(timing) - MACHINERY_MS;
  const pauseMinMs = blipPauseMinMs({ ...timing, rttMs: RTT_MS });
  for (;;) {
    const kind = random.pick(BLIP_KINDS);
    yield {
      kind,
      ...targetOf(kind, primary, random),
      durationMs: Math.round(kind === 'busy' ? random.between(...BUSY_MS) : random.between(SHORTEST_MS, longestMs)),
      pauseMs: Math.round(random.between(pauseMinMs, PAUSE_MAX_MS)),
    };
  }
}

function targetOf(kind: Blip['kind'], primary: string, random: SeededRandom): Pick<Blip, 'host' | 'unit'> {
  if (kind === 'elect') return { host: pick(globalStoreMembers(), random), unit: GLOBAL_STORE };
  if (kind === 'restart') {
    const isGlobal = random.happens(0.5);
    const members = isGlobal ? globalStoreMembers() : HOSTS.filter((each) => each.regionalStore);
    return { host: pick(members, random), unit: isGlobal ? GLOBAL_STORE : REGIONAL_STORE };
  }
  if (kind === 'pause' && random.happens(0.2)) return { host: pick(globalStoreMembers(), random), unit: GLOBAL_STORE };
  const host = random.happens(ON_PRIMARY) ? primary : pick(HOSTS, random);
  if (kind !== 'pause') return { host, unit: '' };
  const units = [
    AGENT,
    ...(hostsWithRole('db').some(({ name }) => name === host) ? [DATABASE] : []),
    ...(HOSTS.some(({ name, site }) => name === host && regionalStoreMembers(site).some((each) => each.name === name))
      ? [REGIONAL_STORE]
      : []),
  ];
  return { host, unit: random.pick(units as [string, ...string[]]) };
}

function pick(hosts: readonly { readonly name: string }[], random: SeededRandom): string {
  return random.pick(hosts.map(({ name }) => name) as [string, ...string[]]);
}
