/**
 * Giving an order about an identity route and following it: created only where none stands, then the store is read until
 * the region's leader has obeyed or refused it. The command only looks on; ending it leaves the order to the leader.
 */
import type { DesiredIdentity } from '../core/desired.ts';
import type { IdentityOrder } from '../core/identity-order.ts';
import { readRegion } from '../runtime/duty/region-view.ts';
import { refusedOrderRecord } from '../store/database-records.ts';
import { identityOrderRecord } from '../store/identity-records.ts';
import { identityOrderKey, identityRefusedOrderKey, prefixes } from '../store/keys.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { IdentitySight } from './identity-sight.ts';
import { CommandFailed, type Session } from './session.ts';
import { ownerHere } from './standing-hold.ts';
import { requireContents } from './store-contents.ts';
import { pause } from './wait.ts';

const LOOK_EVERY_MS = 100;

/** @throws CommandFailed if another order stands */
export async function giveIdentityOrder(
  session: Session,
  { accepted, store }: IdentitySight,
  kind: IdentityOrder['kind'],
): Promise<IdentityOrder> {
  const { node } = await session.config();
  const atMs = session.deps.wallMs();
  const order: IdentityOrder = { kind, id: `${atMs}-${node}`, by: await ownerHere(session), atMs };
  const key = identityOrderKey(accepted.policy.name);
  const { committed } = await store.transact(
    [{ key, target: 'mod', equals: 0n }],
    [{ kind: 'put', key, value: identityOrderRecord.encode(order) }],
  );
  if (committed) return order;
  throw new CommandFailed(
    exitCodes.refused,
    `another order about ${accepted.policy.name} stands; see regentctl events, or delete ${key} if no leader obeys it`,
  );
}

type Progress = { readonly outcome: 'done' | 'refused'; readonly detail: string };

/** @returns `undecided` if it is neither obeyed nor refused within the time, or the operator ends the command */
export async function followIdentityOrder(
  session: Session,
  sight: IdentitySight,
  order: IdentityOrder,
  withinMs: number,
): Promise<ExitCode> {
  const { clock, timers, interrupted } = session.deps;
  const beganAt = clock.nowMs();
  session.say(`order ${order.id}: ${order.kind} ${sight.region}`);
  while (clock.nowMs() - beganAt < withinMs && !interrupted.aborted) {
    const progress = await progressOf(sight, order);
    if (progress !== undefined) {
      session.give({ order: order.id, ...progress });
      if (progress.outcome === 'done') session.say(progress.detail);
      else session.warn(`regentctl: ${progress.detail}`);
      return progress.outcome === 'done' ? exitCodes.ok : exitCodes.refused;
    }
    await pause(LOOK_EVERY_MS, timers, interrupted);
  }
  session.give({ order: order.id, outcome: 'undecided', detail: 'the region has no leader that has looked at it' });
  session.warn('regentctl: the order stands without this command; see regentctl status and regentctl events');
  return exitCodes.undecided;
}

/** @returns undefined while the order stands */
async function progressOf(
  { store, region, accepted }: IdentitySight,
  order: IdentityOrder,
): Promise<Progress | undefined> {
  const { name } = accepted.policy;
  const entries = await requireContents(store, [prefixes.identities, prefixes.desired]);
  const { identityOrders, desired } = readRegion(entries);
  if (identityOrders.some((each) => each.order.id === order.id)) return undefined;
  const key = identityRefusedOrderKey(name);
  const entry = entries.find((each) => each.key === key);
  const refused = entry === undefined ? undefined : refusedOrderRecord.decode(key, entry.value);
  if (refused?.id === order.id) return { outcome: 'refused', detail: `refused: ${refused.code}: ${refused.detail}` };
  const now = desired
    .map(({ value }) => value)
    .find((value): value is DesiredIdentity => value.kind === 'identity' && value.name === name);
  const where = now === undefined ? '' : `; Keystone on ${now.ready.join(', ')}${now.readOnly ? ', READ-ONLY' : ''}`;
  return { outcome: 'done', detail: `${region} is ${now?.state ?? 'undecided'}${where}${wayThere(now)}` };
}

/** A roll-out goes on without the command. */
function wayThere(now: DesiredIdentity | undefined): string {
  const rollout = now?.rollout;
  if (rollout === undefined || rollout === null || rollout.turn === null) return '';
  return `; ${rollout.nodes.join(', ')} go there one after the other, see regentctl status`;
}
