/**
 * Orders `regent-fence.service` to close this node's server at the deadline of the primary's right, and reads what it
 * did. The files are in memory (tmpfs) and written in one go, without waiting: an order that stood in a queue behind
 * other work of this process could be late, or overtake a newer one.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bootDeadline,
  type FenceOrder,
  type FenceReport,
  readFenceOrder,
  readFenceReport,
} from '../core/dead-mans-switch.ts';
import type { DurationMs } from '../core/time.ts';

/** The right that an order is about. */
export interface FencedRight {
  readonly term: bigint;
  readonly serverInvocation: string;
  /** How long it still stands; asked for after the clock was read. */
  readonly remainingMs: () => DurationMs;
}

/** Contract: every call is in force when it returns, or throws. */
export interface DeadMansSwitch {
  /** From now on the server is closed at this right's deadline, whatever was ordered before. */
  arm(right: FencedRight): void;
  /**
   * As `arm`, unless an order stands: that one may be about a right that ends sooner.
   * @returns true if it was armed by this call
   */
  armIfDisarmed(right: FencedRight): boolean;
  /** Only for a server that was seen closed, or that a recorded hold keeps open. Idempotent. */
  disarm(): void;
  /** What the fence did since the last call, once. */
  takeReport(): FenceReport | undefined;
}

export interface FenceFilesOptions {
  /** E.g. `/run/regent/fence`. */
  readonly directory: string;
  readonly node: string;
  readonly database: string;
  readonly bootId: string;
  /** CLOCK_BOOTTIME in ms; see `bootMs`. */
  readonly bootMs: () => number;
}

export class FenceFiles implements DeadMansSwitch {
  readonly #options: FenceFilesOptions;
  readonly #armed: string;
  readonly #closed: string;

  /** Does no I/O. */
  constructor(options: FenceFilesOptions) {
    this.#options = options;
    this.#armed = join(options.directory, 'armed', `${options.database}.json`);
    this.#closed = join(options.directory, 'closed', `${options.database}.json`);
  }

  arm({ term, serverInvocation, remainingMs }: FencedRight): void {
    const { directory, node, database, bootId, bootMs } = this.#options;
    const nowBootMs = bootMs();
    const order: FenceOrder = {
      version: 1,
      node,
      database,
      term: term.toString(),
      serverInvocation,
      deadlineBootMs: bootDeadline(nowBootMs, remainingMs()),
      bootId,
    };
    mkdirSync(join(directory, 'armed'), { recursive: true, mode: 0o700 });
    const temporary = `${this.#armed}.new`;
    writeFileSync(temporary, JSON.stringify(order), { mode: 0o600 });
    renameSync(temporary, this.#armed);
  }

  armIfDisarmed(right: FencedRight): boolean {
    const text = readIfThere(this.#armed);
    const read = readFenceOrder(text);
    const isOfAnotherBoot = read.ok && read.order.bootId !== this.#options.bootId;
    if (text !== undefined && !isOfAnotherBoot) return false;
    this.arm(right);
    return true;
  }

  disarm(): void {
    rmSync(this.#armed, { force: true });
  }

  takeReport(): FenceReport | undefined {
    const text = readIfThere(this.#closed);
    if (text === undefined) return undefined;
    rmSync(this.#closed, { force: true });
    return readFenceReport(text);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
