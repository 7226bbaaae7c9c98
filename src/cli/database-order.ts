/**
 * Giving an order and following it: created only where none stands, then its way is read from the store until it is
 * done, refused or undone. The command only looks on; ending it leaves the order to those who carry it out.
 */
import type { DatabaseOrder } from '../core/database/order.ts';
import type { DatabaseState } from '../core/database/state.ts';
import { type DatabaseView, readDatabase } from '../runtime/duty/database-view.ts';
import { databaseOrderRecord, refusedOrderRecord } from '../store/database-records.ts';
import { databaseOrderKey, databasePrefix, databaseRefusedOrderKey, databaseStateKey } from '../store/keys.ts';
import type { Entry } from '../store/store.ts';
import type { DatabaseSight } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailed, type Session } from './session.ts';
import { pause } from './wait.ts';

const LOOK_EVERY_MS = 100;

/** @throws CommandFailed if another order stands, or the state changed since it was looked at */
export async function giveOrder(
  session: Session,
  { policy, view, store }: DatabaseSight,
  wanted: Pick<DatabaseOrder, 'kind' | 'to' | 'acceptLossMs'>,
): Promise<DatabaseOrder> {
  const { node } = await session.config();
  const { environment, wallMs } = session.deps;
  const atMs = wallMs();
  const by = `${environment.SUDO_USER ?? environment.USER ?? 'somebody'}@${node}`;
  const order: DatabaseOrder = { ...wanted, id: `${atMs}-${node}`, term: view.state?.term ?? 0n, by, atMs };
  const key = databaseOrderKey(policy.name);
  const { committed } = await store.transact(
    [
      { key, target: 'mod', equals: 0n },
      { key: databaseStateKey(policy.name), target: 'mod', equals: view.stateRevision },
    ],
    [{ kind: 'put', key, value: databaseOrderRecord.encode(order) }],
  );
  if (committed) return order;
  const { entry } = await store.get(key);
  if (entry === undefined) {
    throw new CommandFailed(
      exitCodes.refused,
      'the database has changed while the order was given; look, and try again',
    );
  }
  const standing = databaseOrderRecord.read(key, entry.value);
  const told = standing.ok
    ? `the ${standing.value.kind} ${standing.value.id} of ${standing.value.by} stands`
    : `${standing.problem.message}; ${standing.problem.remedy}`;
  throw new CommandFailed(exitCodes.refused, `another order stands: ${told}`);
}

type Progress =
  | { readonly outcome: 'running'; readonly step: string }
  | { readonly outcome: 'done' | 'refused' | 'undone'; readonly detail: string };

/** @returns `undecided` if it is neither done nor refused within the time, or the operator ends the command */
export async function followOrder(
  session: Session,
  { policy, store }: DatabaseSight,
  order: DatabaseOrder,
  withinMs: number,
): Promise<ExitCode> {
  const { clock, timers, interrupted } = session.deps;
  const beganAt = clock.nowMs();
  const seconds = () => `${((clock.nowMs() - beganAt) / 1000).toFixed(1)} s`;
  let told = '';
  session.say(`order ${order.id}: ${order.kind}${order.to === null ? '' : ` to ${order.to}`} in term ${order.term}`);
  while (clock.nowMs() - beganAt < withinMs && !interrupted.aborted) {
    const { entries } = await store.list(databasePrefix(policy.name));
    const progress = progressOf(order, readDatabase(policy.name, entries), refusedIn(policy.name, entries));
    if (progress.outcome !== 'running') {
      session.give({ order: order.id, ...progress });
      if (progress.outcome === 'done') session.say(`${seconds()}  ${progress.detail}`);
      else session.warn(`regentctl: ${progress.detail}`);
      return progress.outcome === 'done' ? exitCodes.ok : exitCodes.refused;
    }
    if (progress.step !== told) session.say(`${seconds()}  ${progress.step}`);
    told = progress.step;
    await pause(LOOK_EVERY_MS, timers, interrupted);
  }
  session.give({ order: order.id, outcome: 'undecided', detail: told });
  session.warn(`regentctl: the order goes on without this command; see regentctl status and regentctl events`);
  return exitCodes.undecided;
}

function refusedIn(
  database: string,
  entries: readonly Entry[],
): ReturnType<typeof refusedOrderRecord.decode> | undefined {
  const key = databaseRefusedOrderKey(database);
  const entry = entries.find((each) => each.key === key);
  return entry === undefined ? undefined : refusedOrderRecord.decode(key, entry.value);
}

/** Where the order is, by what stands in the store. */
export function progressOf(
  order: DatabaseOrder,
  { state, primary, order: standing, malformed }: Pick<DatabaseView, 'state' | 'primary' | 'order' | 'malformed'>,
  refused: { readonly id: string; readonly code: string; readonly detail: string } | undefined,
): Progress {
  if (malformed !== undefined || state === undefined) {
    return { outcome: 'refused', detail: malformed?.message ?? 'the state of the database is gone' };
  }
  if (refused?.id === order.id) return { outcome: 'refused', detail: `refused: ${refused.code}: ${refused.detail}` };
  if (standing?.id === order.id) return { outcome: 'running', step: waitsFor(order, state) };
  const { ballot } = state;
  if (ballot?.ordered?.id === order.id) {
    return { outcome: 'running', step: `${ballot.candidate ?? 'the ballot'}: ${STEPS[ballot.step]}` };
  }
  if (ballot !== null) return { outcome: 'refused', detail: `another ballot is open: ${ballot.cause}` };
  if (state.unfinished !== null && state.unfinished.term >= order.term) {
    const detail = `${state.unfinished.outcome}: ${state.primary} remains the primary; regentctl events says why`;
    return { outcome: 'undone', detail };
  }
  if (primary?.node !== state.primary) return { outcome: 'running', step: `${state.primary} takes its key` };
  const isKept = order.kind === 'switchover' && (state.promotions[0]?.term ?? 0n) <= order.term;
  if (isKept) return { outcome: 'undone', detail: `undone: ${state.primary} remains the primary` };
  return { outcome: 'done', detail: `${state.primary} is open under term ${state.term}` };
}

const STEPS = {
  poll: 'the members are asked',
  freeze: 'the members freeze',
  drain: 'applies everything',
  open: 'takes the key',
  prove: 'opens',
} as const;

function waitsFor({ kind, to }: DatabaseOrder, { primary }: DatabaseState): string {
  return kind === 'switchover' ? `${primary} asks ${to ?? 'its region'} and closes itself` : 'the arbiter decides';
}
