/**
 * Giving an order about keys and following it: created only where none stands, then the store is read until the arbiter has
 * carried it out or refused it. The command only looks on; ending it leaves the order to the arbiter.
 */
import { setText } from '../core/keys/key-set.ts';
import type { KeysOrder } from '../core/keys/key-state.ts';
import { STEPS } from '../core/keys/keys-words.ts';
import { NO_KEYS, readKeys } from '../runtime/duty/keys-view.ts';
import { refusedOrderRecord } from '../store/database-records.ts';
import { keysOrderRecord } from '../store/key-records.ts';
import { keysOrderKey, keysRefusedOrderKey, prefixes } from '../store/keys.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { KeysSight } from './keys-sight.ts';
import { CommandFailed, type Session } from './session.ts';
import { ownerHere } from './standing-hold.ts';
import { requireContents } from './store-contents.ts';
import { pause } from './wait.ts';

const LOOK_EVERY_MS = 100;

/** @throws CommandFailed if another order stands */
export async function giveKeysOrder(
  session: Session,
  { accepted, store }: KeysSight,
  wanted: Pick<KeysOrder, 'kind' | 'isMigrated'>,
): Promise<KeysOrder> {
  const { node } = await session.config();
  const atMs = session.deps.wallMs();
  const order: KeysOrder = { ...wanted, id: `${atMs}-${node}`, by: await ownerHere(session), atMs };
  const key = keysOrderKey(accepted.policy.name);
  const { committed } = await store.transact(
    [{ key, target: 'mod', equals: 0n }],
    [{ kind: 'put', key, value: keysOrderRecord.encode(order) }],
  );
  if (committed) return order;
  throw new CommandFailed(
    exitCodes.refused,
    `another order about ${accepted.policy.name} stands; see regentctl events, or delete ${key} if no arbiter obeys it`,
  );
}

type Progress =
  | { readonly outcome: 'standing' }
  | { readonly outcome: 'running'; readonly step: string }
  | { readonly outcome: 'done' | 'refused'; readonly detail: string };

/** @returns `undecided` if it is neither done nor refused within the time, or the operator ends the command */
export async function followKeysOrder(
  session: Session,
  sight: KeysSight,
  order: KeysOrder,
  withinMs: number,
): Promise<ExitCode> {
  const { clock, timers, interrupted } = session.deps;
  const beganAt = clock.nowMs();
  let told = '';
  session.say(`order ${order.id}: ${order.kind} ${sight.accepted.policy.name}`);
  while (clock.nowMs() - beganAt < withinMs && !interrupted.aborted) {
    const progress = await progressOf(sight, order);
    if (progress.outcome === 'done' || progress.outcome === 'refused') {
      session.give({ order: order.id, ...progress });
      if (progress.outcome === 'done') session.say(progress.detail);
      else session.warn(`regentctl: ${progress.detail}`);
      return progress.outcome === 'done' ? exitCodes.ok : exitCodes.refused;
    }
    if (progress.outcome === 'running' && progress.step !== told) {
      told = progress.step;
      session.say(`  ${told}`);
    }
    await pause(LOOK_EVERY_MS, timers, interrupted);
  }
  const detail = told === '' ? 'there is no arbiter that has looked at it' : `it goes on: ${told}`;
  session.give({ order: order.id, outcome: 'undecided', detail });
  session.warn('regentctl: it goes on without this command; see regentctl keys status and regentctl events');
  return exitCodes.undecided;
}

async function progressOf({ store, accepted }: KeysSight, order: KeysOrder): Promise<Progress> {
  const { name } = accepted.policy;
  const entries = await requireContents(store, [prefixes.keys]);
  const { order: standing, state } = readKeys(entries).get(name) ?? NO_KEYS;
  if (standing?.value.id === order.id) return { outcome: 'standing' };
  const key = keysRefusedOrderKey(name);
  const entry = entries.find((each) => each.key === key);
  const refused = entry === undefined ? undefined : refusedOrderRecord.decode(key, entry.value);
  if (refused?.id === order.id) return { outcome: 'refused', detail: `refused: ${refused.code}: ${refused.detail}` };
  const work = state?.value.work;
  if (state !== undefined && work?.id === order.id)
    return { outcome: 'running', step: `generation ${state.value.generation}: ${STEPS[work.step]}` };
  const now = state === undefined ? '' : `: generation ${state.value.generation}, ${setText(state.value.keys)}`;
  return { outcome: 'done', detail: `every node has confirmed the keys${now}` };
}
