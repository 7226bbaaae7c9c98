/**
 * The contract of a database server: what regent's protocol relies on, asked of every implementation. Several promises
 * are rows of the table "Measured on MariaDB" of the protocol's design; if a server stops keeping one, a step of the
 * protocol has lost its ground.
 */
import type { TestFn } from 'ava';
import { fencingPromises } from './database-fencing.ts';
import { openingPromises } from './database-opening.ts';
import { replicatingPromises } from './database-replicating.ts';
import type { DatabaseWorld } from './database-world.ts';

/** Declares one test for each promise, each on servers of its own. */
export function databaseServerContract(test: TestFn, start: () => Promise<DatabaseWorld>): void {
  let world: DatabaseWorld | undefined;
  test.before(async () => {
    world = await start();
  });
  test.after.always(async () => {
    await world?.stop();
  });
  for (const { title, run } of [...openingPromises, ...replicatingPromises, ...fencingPromises]) {
    test.serial(title, async (t) => {
      if (world === undefined) throw new Error('there is no world');
      const trio = await world.fresh();
      try {
        await run(t, trio);
      } finally {
        await world.discard(trio);
      }
    });
  }
}
