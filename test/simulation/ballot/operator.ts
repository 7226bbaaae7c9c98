/** An operator who has a quarantined server rebuilt as soon as it may be, in the middle of whatever goes on, and now and then thinks better of it. */
import { judgeRebuild } from '../../../src/core/database/rebuild.ts';
import { hasEnded, type RebuildOrder } from '../../../src/core/database/rebuild-order.ts';
import { rebuildRecord } from '../../../src/store/database-records.ts';
import { databaseRebuildKey } from '../../../src/store/keys.ts';
import { SeededRandom } from '../random.ts';
import { FAULTS_END_MS } from './plan.ts';
import { DATABASE } from './settings.ts';
import type { BallotWorld } from './world.ts';

const LOOK_EVERY_MS = 400;
const CANCELS = 0.01;
/** In every fourth schedule the operator also has servers rebuilt that work: that is where most can go wrong. */
const RESTLESS_EVERY = 4;
const FORCES = 0.02;

export function orderRebuilds(world: BallotWorld, seed: number): void {
  // A source of its own: the other schedules stay what they were.
  const random = new SeededRandom(seed);
  const isRestless = seed % RESTLESS_EVERY === 0;
  const look = (): void => {
    for (const { host } of world.agents) orderOne(world, host.node, random, isRestless);
    world.scheduler.after(LOOK_EVERY_MS, look);
  };
  world.scheduler.after(LOOK_EVERY_MS, look);
}

function orderOne(world: BallotWorld, node: string, random: SeededRandom, isRestless: boolean): void {
  const { view } = world.truth;
  const standing = view.rebuilds.find(({ order }) => order.node === node)?.order;
  if (standing !== undefined && !hasEnded(standing.phase)) {
    if (random.happens(CANCELS)) put(world, { ...standing, isCancelled: true });
    return;
  }
  const isForced = isRestless && world.scheduler.nowMs() < FAULTS_END_MS && random.happens(FORCES);
  if (!world.isQuarantined(node) && !isForced) return;
  const { state, primary, members } = view;
  const question = { state, members, hasPrimary: primary !== undefined, hold: undefined };
  const verdict = judgeRebuild({ ...question, policy: world.policies.latest.policy, node, from: undefined, isForced });
  if (!verdict.ok) return;
  world.disturbed();
  world.note(`operator: ${node} is to be rebuilt from ${verdict.from}`);
  put(world, {
    id: world.newId('operator'),
    node,
    from: verdict.from,
    kind: 'rebuild',
    term: verdict.term,
    isForced,
    discardsOld: true,
    isCancelled: false,
    orderedBy: 'operator',
    orderedAtMs: 0,
    phase: 'ordered',
    bytes: 0,
    totalBytes: null,
    detail: '',
    changedAtMs: 0,
  });
}

function put(world: BallotWorld, order: RebuildOrder): void {
  const key = databaseRebuildKey(DATABASE, order.node);
  world.cluster.transact([], [{ kind: 'put', key, value: rebuildRecord.encode(order) }]);
}
