/** A client beside each server that writes one row after another, whoever is the primary: what is acknowledged counts. */
import type { SeededRandom } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';
import type { ModelServer } from './model-server.ts';
import type { BallotWorld } from './world.ts';

const PAUSE_MIN_MS = 60;
const PAUSE_MAX_MS = 300;
const GIVES_UP_AFTER_MS = 4_000;

export function startClient(world: BallotWorld, server: ModelServer, scheduler: Scheduler, random: SeededRandom): void {
  const next = () => scheduler.after(random.between(PAUSE_MIN_MS, PAUSE_MAX_MS), write);
  const write = () => {
    if (server.machine.isFrozen) return next();
    const id = world.newId(`client-${server.node}`);
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      next();
    };
    scheduler.after(GIVES_UP_AFTER_MS, over);
    server.execute(id, undefined, (outcome) => {
      world.wrote(server, id, outcome);
      over();
    });
  };
  next();
}
