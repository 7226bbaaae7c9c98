/** What operators do to the cloud in the middle of it, well or badly. */
import { type Maker, NOTHING, pickKeystone } from './fault.ts';
import type { Keystone } from './keystone.ts';
import type { KeysWorld } from './world.ts';

/** A node looks at its keys every five seconds. */
const FILLED_WITHIN_MS = 12_000;
const POLL_MS = 10;
const AGAIN_MS = 700;
/** Between two files, if it gets there in time; the agent is started again a moment later. */
function killWhenWriting(world: KeysWorld, { node, directory, set }: Keystone, leftMs: number): void {
  const host = world.nodes.find(({ place }) => place.node === node);
  const keystone = world.keystones.find((each) => each.node === node);
  const isHalf = directory.isMarked && set.length > 0;
  if (host?.isRunning === true && isHalf) {
    world.note(`the agent of ${node} is killed while it writes`);
    host.kill();
    world.scheduler.after(AGAIN_MS, () => {
      if (!host.isRunning) host.start();
    });
  } else if (leftMs > 0 && keystone !== undefined) {
    world.scheduler.after(POLL_MS, () => killWhenWriting(world, keystone, leftMs - POLL_MS));
  }
}

export const hands: readonly Maker[] = [
  {
    kind: 'rotation-ordered',
    longestMs: 1,
    make: ({ operator }) => ({ begin: () => operator.order('rotate'), end: NOTHING }),
  },
  {
    kind: 'revocation-ordered',
    longestMs: 1,
    make: ({ operator }) => ({ begin: () => operator.order('revoke-all'), end: NOTHING }),
  },
  {
    kind: 'hold',
    longestMs: 15_000,
    make: ({ operator }) => ({ begin: () => operator.hold(60_000), end: () => operator.release() }),
  },
  {
    kind: 'observe',
    longestMs: 15_000,
    make: ({ operator }) => ({ begin: () => operator.observe(true), end: () => operator.observe(false) }),
  },
  {
    kind: 'built-anew',
    longestMs: 1,
    make: (world, random) => {
      const keystone = pickKeystone(world, random);
      return { begin: () => world.operator.work(keystone, 'empty'), end: NOTHING };
    },
  },
  {
    kind: 'filling-killed',
    longestMs: 1,
    make: (world, random) => {
      const keystone = pickKeystone(world, random);
      const begin = () => {
        world.operator.work(keystone, 'empty');
        killWhenWriting(world, keystone, FILLED_WITHIN_MS);
      };
      return { begin, end: NOTHING };
    },
  },
  {
    kind: 'foreign-keys',
    longestMs: 20_000,
    make: (world, random) => {
      const keystone = pickKeystone(world, random);
      return {
        begin: () => world.operator.work(keystone, 'putForeign'),
        end: () => world.operator.work(keystone, 'empty'),
      };
    },
  },
];
