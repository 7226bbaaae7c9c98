/**
 * The fence's round: read the orders, decide, close if one has run out, sleep until the next moment that matters. It
 * stays on an order that has run out: a server that somebody opens again is closed again, until the agent renews the
 * order or takes it back. It never opens anything.
 */
import type { Timer, Timers } from '../core/clock.ts';
import { decideFence, type FenceDecision } from '../core/dead-mans-switch.ts';
import type { Closing, ClosingOrder } from './close-server.ts';
import type { Orders } from './order-directory.ts';

export interface FenceDeps {
  readonly orders: Orders;
  readonly bootId: string;
  /** CLOCK_BOOTTIME in ms. */
  readonly bootMs: () => number;
  readonly wallMs: () => number;
  readonly timers: Timers;
  /** Makes ready for a closing, while there is time. */
  readonly prepare: () => Promise<void>;
  readonly close: (order: ClosingOrder) => Promise<Closing>;
  /** One line for the journal. */
  readonly say: (line: string) => void;
}

type Due = FenceDecision & { readonly kind: 'close' };

/** Less than any lease lasts beyond its margin (etcd grants no shorter ones), should the kernel tell of no change. */
const LOOK_EVERY_MS = 1_000;
/** A server whose right has run out is looked at more often. */
const LOOK_AGAIN_MS = 200;

export class Fence {
  readonly #deps: FenceDeps;
  #timer: Timer | undefined;
  #isClosing = false;
  #isPreparing = false;
  #said: string | undefined;

  constructor(deps: FenceDeps) {
    this.#deps = deps;
  }

  /** Begins; there is no end but that of the process. */
  start(): void {
    this.#deps.orders.onChange(() => this.#look());
    this.#look();
  }

  /** While a closing runs, that looks at the orders itself. */
  #look(): void {
    if (this.#isClosing) return;
    this.#timer?.cancel();
    const decision = this.#decide();
    if (decision.kind === 'close') return void this.#close(decision);
    if (decision.kind === 'wait') this.#prepare();
    const waitMs = decision.kind === 'wait' ? decision.untilBootMs - this.#deps.bootMs() : LOOK_EVERY_MS;
    this.#timer = this.#deps.timers.after(Math.max(1, Math.min(waitMs, LOOK_EVERY_MS)), () => this.#look());
  }

  #decide(): FenceDecision {
    const { orders, bootId, bootMs } = this.#deps;
    return decideFence(orders.read(), { bootId, nowBootMs: bootMs() });
  }

  /** In the background: what cannot be made ready in time must not keep the deadline waiting. */
  #prepare(): void {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    this.#deps
      .prepare()
      .catch((error: unknown) => this.#sayOnce(`not ready to close: ${error instanceof Error ? error.message : error}`))
      .finally(() => {
        this.#isPreparing = false;
      });
  }

  async #close(due: Due): Promise<void> {
    const { bootMs, timers, close } = this.#deps;
    this.#isClosing = true;
    const beganMs = bootMs();
    const closing = await close({
      invocation: due.order?.serverInvocation,
      stillStands: () => this.#decide().kind === 'close',
    }).catch((error: unknown): Closing => ({ how: 'failed', detail: String(error) }));
    this.#tell(due, closing, bootMs() - beganMs);
    this.#isClosing = false;
    this.#timer = timers.after(LOOK_AGAIN_MS, () => this.#look());
  }

  #tell({ database, cause, order }: Due, closing: Closing, tookMs: number): void {
    const { how } = closing;
    if (how === 'read-only' || how === 'killed') {
      const done = how === 'killed' ? 'killed mariadbd' : 'closed the server';
      this.#deps.say(`${database}: ${done} in ${tookMs} ms, because ${cause}`);
      const term = order?.term ?? null;
      this.#deps.orders.report({ version: 1, database, term, how, cause, atMs: this.#deps.wallMs(), tookMs });
    } else if (how === 'withdrawn') {
      this.#deps.say(`${database}: the order was renewed while the server was being closed; it was not killed`);
    } else if (closing.how === 'failed') {
      this.#sayOnce(`${database}: THE SERVER MAY BE OPEN without a right and could not be closed: ${closing.detail}`);
    }
  }

  #sayOnce(line: string): void {
    if (line === this.#said) return;
    this.#said = line;
    this.#deps.say(line);
  }
}
