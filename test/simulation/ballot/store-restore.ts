/**
 * Schedules for a store that goes back: after a few promotions its state is an older one and the primary's key is gone, as
 * after a restore from a copy; leases end with it. An operator adopts it after a while, naming the last primary if none is
 * open. Now and then that primary's server dies in between, and the operator has it started. An older state of the same term
 * is not tried: that cannot be told from what is.
 */
import { adoptStore, highestSeen } from '../../../src/core/database/store-adoption.ts';
import { readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { databaseStateRecord } from '../../../src/store/database-records.ts';
import { databasePrimaryKey, databaseStateKey } from '../../../src/store/keys.ts';
import type { SeededRandom } from '../random.ts';
import type { BallotFault } from './faults.ts';
import type { PlannedBallotFault } from './plan.ts';
import { DATABASE } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and has its acker by then. */
const COPIED_MS = 5_000;
const RESTORED_MS = 22_000;
const LOOK_EVERY_MS = 500;
/** Members have met the old state by then, and given up what they had. */
const ADOPTED_AFTER_MS = 6_000;
const ADOPT_WITHIN_MS = 60_000;

const STATE = databaseStateKey(DATABASE);

/** The server of whoever is the primary then: each time another one is promoted. */
function promote(world: BallotWorld): BallotFault {
  const begin = () => world.serverOf(world.state()?.primary ?? '')?.crash();
  return { kind: 'primary-kill', targets: ['primary'], durationMs: 1, begin, end: () => {} };
}

function restore(world: BallotWorld, copy: () => string): BallotFault {
  const { cluster, promotion } = world;
  let last: string | undefined;
  const begin = (): void => {
    const value = copy();
    if (value === '') return;
    const copied = databaseStateRecord.decode(STATE, value);
    if (copied.term >= (world.state()?.term ?? 0n)) return;
    world.note(`the store goes back to term ${copied.term}`);
    last = promotion.primary;
    const put = { kind: 'put', key: STATE, value } as const;
    const key = databasePrimaryKey(DATABASE);
    const hasKey = cluster.state.get(key) !== undefined;
    cluster.transact([], hasKey ? [put, { kind: 'delete', key }] : [put]);
  };
  const end = () => lookAfter(world, last, 0);
  return { kind: 'store-restore', targets: ['restore'], durationMs: ADOPTED_AFTER_MS, begin, end };
}

/** The operator: has every server started that nobody starts, and adopts the store as soon as it may be. */
function lookAfter(world: BallotWorld, last: string | undefined, triedForMs: number): void {
  const { state, members } = readDatabase(DATABASE, world.cluster.state.list('/'));
  const isBehind = state !== undefined && highestSeen({ members }) > state.term;
  if (!isBehind) return;
  for (const { server } of world.agents) if (server.invocation === undefined) server.start('keep');
  const question = { policy: world.policies.latest.policy, state, members, isForced: false, wallMs: 0 };
  const verdict = [undefined, last].map((primary) => adoptStore({ ...question, primary })).find((each) => each.ok);
  if (verdict?.ok === true) {
    world.note(`operator adopts the store in term ${verdict.state.term}`);
    if (verdict.state.phase === 'ballot') world.counted('a ballot was adopted');
    world.disturbed();
    world.cluster.transact([], [{ kind: 'put', key: STATE, value: databaseStateRecord.encode(verdict.state) }]);
  } else if (triedForMs < ADOPT_WITHIN_MS) {
    world.scheduler.after(LOOK_EVERY_MS, () => lookAfter(world, last, triedForMs + LOOK_EVERY_MS));
  }
}

function plan(world: BallotWorld, random: SeededRandom): readonly PlannedBallotFault[] {
  let copy = '';
  // A ballot that comes back with the copy is one that nobody opens, which the checkers would take for a fault of regent.
  const take = (): void => {
    if (world.state()?.phase === 'ballot') world.scheduler.after(LOOK_EVERY_MS, take);
    else copy = world.cluster.state.get(STATE)?.value ?? '';
  };
  world.scheduler.after(random.between(COPIED_MS, 12_000), take);
  const kills = Array.from({ length: random.whole(1, 3) }, () => random.between(7_000, RESTORED_MS - 6_000));
  const restoredAtMs = random.between(RESTORED_MS, RESTORED_MS + 3_000);
  const late = random.happens(0.4) ? [restoredAtMs + random.between(0, ADOPTED_AFTER_MS)] : [];
  return [
    ...[...kills, ...late].map((atMs) => ({ atMs, fault: promote(world) })),
    { atMs: restoredAtMs, fault: restore(world, () => copy) },
  ];
}

export function simulateRestores(seed: number): Promise<BallotRun> {
  return simulateBallots(seed, { plan });
}
