/**
 * A client beside each server that writes one row after another, whoever is the primary: what is acknowledged counts.
 * Where nothing can be written it tries again at once when the server is opened, and now and then unasked.
 */
import type { Timer } from '../../../src/core/clock.ts';
import type { SeededRandom } from '../random.ts';
import type { ModelServer } from './model-server.ts';
import type { BallotWorld } from './world.ts';

const PAUSE_MIN_MS = 80;
const PAUSE_MAX_MS = 400;
const IN_VAIN_PAUSE_MS = 2_000;
const GIVES_UP_AFTER_MS = 4_000;

export class Client {
  readonly #world: BallotWorld;
  readonly #server: ModelServer;
  readonly #random: SeededRandom;
  #next: Timer | undefined;
  #isWriting = false;

  constructor(world: BallotWorld, server: ModelServer, random: SeededRandom) {
    this.#world = world;
    this.#server = server;
    this.#random = random;
  }

  /** Also when the server was opened: the next row comes soon. */
  hurry(): void {
    if (!this.#isWriting) this.#writeIn(this.#random.between(PAUSE_MIN_MS, PAUSE_MAX_MS));
  }

  #writeIn(pauseMs: number): void {
    this.#next?.cancel();
    this.#next = this.#world.scheduler.after(pauseMs, () => this.#write());
  }

  #write(): void {
    const server = this.#server;
    if (server.machine.isFrozen) {
      this.hurry();
      return;
    }
    const id = this.#world.newId(`client-${server.node}`);
    let isOver = false;
    const over = (pauseMs: number) => {
      if (isOver) return;
      isOver = true;
      this.#isWriting = false;
      givesUp.cancel();
      this.#writeIn(pauseMs);
    };
    this.#isWriting = true;
    const givesUp = this.#world.scheduler.after(GIVES_UP_AFTER_MS, () => over(0));
    server.execute(id, undefined, (outcome) => {
      this.#world.wrote(server, id, outcome);
      over(outcome === 'ok' ? this.#random.between(PAUSE_MIN_MS, PAUSE_MAX_MS) : IN_VAIN_PAUSE_MS);
    });
  }
}
