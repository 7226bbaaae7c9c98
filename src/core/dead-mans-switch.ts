/**
 * The dead man's switch (F2, database-failover.md, "Fences"): what a db agent orders of `regent-fence.service`, and when
 * that acts on it. An order says until when a server may be open; it is renewed with the primary's lease. Whoever does
 * not renew it is frozen, killed or cut off, and the server is closed without him.
 *
 * Both sides count on CLOCK_BOOTTIME, which nobody sets and which goes on while a machine is suspended.
 */
import type { DurationMs } from './time.ts';

/** `/run/regent/fence/armed/<database>.json`. */
export interface FenceOrder {
  readonly version: 1;
  readonly node: string;
  readonly database: string;
  /** Decimal; JSON has no bigint. */
  readonly term: string;
  /** systemd's InvocationID of the mariadbd that has the right. */
  readonly serverInvocation: string;
  /** Milliseconds since the boot `bootId`; never later than the deadline of the right itself. */
  readonly deadlineBootMs: number;
  readonly bootId: string;
}

/** `/run/regent/fence/closed/<database>.json`: what the fence did, until the agent has told it. */
export interface FenceReport {
  readonly version: 1;
  readonly database: string;
  /** Null if the order could not be read. */
  readonly term: string | null;
  readonly how: 'read-only' | 'killed';
  readonly cause: string;
  /** Wall clock, for people. */
  readonly atMs: number;
  /** From the beginning of the closing to its confirmation. */
  readonly tookMs: number;
}

/** One file of `armed/`; the text is undefined if the file is there and cannot be read. */
export interface ArmedFile {
  readonly database: string;
  readonly text: string | undefined;
}

export type FenceDecision =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wait'; readonly untilBootMs: number; readonly order: FenceOrder }
  | {
      readonly kind: 'close';
      readonly database: string;
      readonly cause: string;
      /** Undefined if it could not be understood. */
      readonly order: FenceOrder | undefined;
    };

/**
 * For how long after the deadline a live agent is left to close the server itself (F1), in ms. With the fence's own
 * 300 ms and the 10 ms of its clock's steps, 40 ms are left of the 400 ms that the margin has for stepping down
 * (lease-timing.ts) for a late timer and for what a kill takes.
 */
export const FENCE_GRACE_MS = 50;

/** The server is killed if it is not confirmed read-only after this time (database-failover.md, "Fences"). */
export const FENCE_WITHIN_MS = 300;

/**
 * @param nowBootMs - the boot clock, read *before* the remaining time was: what passes in between makes the deadline
 *   earlier, never later
 * @returns milliseconds since the boot, rounded down
 */
export function bootDeadline(nowBootMs: number, remainingMs: DurationMs): number {
  return Math.floor(nowBootMs + remainingMs);
}

/**
 * What the fence does now. The order that asks for the most counts: one server stands behind all of them. It is asked
 * again and again, so an order that stays closes its server again if somebody opens it.
 */
export function decideFence(
  files: readonly ArmedFile[],
  { bootId, nowBootMs }: { readonly bootId: string; readonly nowBootMs: number },
): FenceDecision {
  let next: FenceDecision = { kind: 'idle' };
  for (const { database, text } of files) {
    const read = readFenceOrder(text);
    // An order that cannot be understood may have run out: closing is the safe reading of it.
    if (!read.ok)
      return { kind: 'close', database, cause: `its order cannot be read: ${read.detail}`, order: undefined };
    const { order } = read;
    // What was open in another boot is not any more; what runs now is no concern of that order.
    if (order.bootId !== bootId) continue;
    const dueBootMs = order.deadlineBootMs + FENCE_GRACE_MS;
    if (nowBootMs >= dueBootMs) {
      const lateMs = Math.round(nowBootMs - order.deadlineBootMs);
      const cause = `its agent did not renew the right of term ${order.term}, which ended ${lateMs} ms ago`;
      return { kind: 'close', database, cause, order };
    }
    if (next.kind === 'idle' || (next.kind === 'wait' && dueBootMs < next.untilBootMs))
      next = { kind: 'wait', untilBootMs: dueBootMs, order };
  }
  return next;
}

export type ReadFenceOrder =
  | { readonly ok: true; readonly order: FenceOrder }
  | { readonly ok: false; readonly detail: string };

/** Every field is checked by hand: the fence must not stand and fall with a package. */
export function readFenceOrder(text: string | undefined): ReadFenceOrder {
  if (text === undefined) return { ok: false, detail: 'the file cannot be read' };
  const fields = fieldsOf(text);
  if (fields === undefined) return { ok: false, detail: 'not a JSON object' };
  const { version, node, database, term, serverInvocation, deadlineBootMs, bootId } = fields;
  if (version !== 1) return { ok: false, detail: `version is ${JSON.stringify(version)}, must be 1` };
  if (!isText(node) || !isText(database) || !isText(serverInvocation) || !isText(bootId))
    return { ok: false, detail: 'node, database, serverInvocation and bootId must be texts' };
  if (!isText(term) || !/^\d+$/.test(term)) return { ok: false, detail: 'term must be a decimal number as a text' };
  if (typeof deadlineBootMs !== 'number' || !Number.isInteger(deadlineBootMs) || deadlineBootMs < 0)
    return { ok: false, detail: 'deadlineBootMs must be a whole number of milliseconds' };
  return { ok: true, order: { version, node, database, term, serverInvocation, deadlineBootMs, bootId } };
}

/** @returns undefined if it is no report of this version: there is nothing to tell then */
export function readFenceReport(text: string): FenceReport | undefined {
  const { version, database, term, how, cause, atMs, tookMs } = fieldsOf(text) ?? {};
  if (version !== 1 || !isText(database) || !isText(cause) || (how !== 'read-only' && how !== 'killed'))
    return undefined;
  if (typeof atMs !== 'number' || typeof tookMs !== 'number') return undefined;
  if (term !== null && !(isText(term) && /^\d+$/.test(term))) return undefined;
  return { version, database, term, how, cause, atMs, tookMs };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
