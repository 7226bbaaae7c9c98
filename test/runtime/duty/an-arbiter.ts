/** An arbiter of one database on a store in memory; elected, and in reach of the store, unless a test says otherwise. */
import type { Hold } from '../../../src/core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import { ArbiterDuty } from '../../../src/runtime/duty/arbiter-duty.ts';
import { arbiterKey } from '../../../src/store/keys.ts';
import { database, inForce } from '../../core/a-region.ts';
import {
  aMember,
  DATABASE,
  ownKey,
  PRIMARY_KEY,
  putMember,
  putPrimary,
  putState,
  stateIn,
  steady,
} from './a-database.ts';
import { ALeadership, AStore, AView, never, Told } from './a-store.ts';

export const TTL_MS = database.ttlMs;

export function anArbiter() {
  const stored = new AStore();
  const view = new AView(stored);
  const told = new Told();
  const leadership = new ALeadership(stored, arbiterKey());
  const wishes: { policy: Accepted<DatabaseFailover> | undefined; holds: readonly Hold[] } = {
    policy: inForce(database, 5n),
    holds: [],
  };
  const duty = new ArbiterDuty({
    database: DATABASE,
    policy: () => wishes.policy,
    holds: () => wishes.holds,
    view,
    store: stored.store,
    leadership,
    record: told.record,
    clock: stored.time,
    wallMs: stored.time.wallMs,
  });
  return { stored, view, told, leadership, wishes, duty };
}

/** Members are there, the primary has its key, and the arbiter has seen it. */
export async function settled() {
  const world = anArbiter();
  putState(world.stored, steady);
  putPrimary(world.stored, ownKey);
  for (const { node } of database.members) putMember(world.stored, aMember(node));
  await world.duty.tick(never);
  return world;
}

/** The primary's key is gone, which the arbiter has witnessed. */
export async function lost() {
  const world = await settled();
  world.stored.delete(PRIMARY_KEY);
  return world;
}

/** Ticks until a ballot opens. @returns after how many ms it did, undefined if it did not */
export async function opensAfter({ stored, duty }: ReturnType<typeof anArbiter>): Promise<number | undefined> {
  for (let passedMs = 0; passedMs <= 2 * TTL_MS; passedMs += 500) {
    await duty.tick(never);
    if (stateIn(stored).phase === 'ballot') return passedMs;
    await stored.time.advance(500);
  }
  return undefined;
}
