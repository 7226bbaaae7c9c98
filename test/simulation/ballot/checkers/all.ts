/**
 * Every checker of the database's world. A sentence of the checker in `i01-…` begins with `I1:`, and so on. I4, the owners
 * of addresses, is not among them: nothing in this world carries an address.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';
import { oneWriter } from './i01-one-writer.ts';
import { nothingLost } from './i02-nothing-lost.ts';
import { noMinority } from './i03-no-minority.ts';
import { noStoreNoMove } from './i05-no-store-no-move.ts';
import { failStatic } from './i06-fail-static.ts';
import { oneSwitchPerCooldown } from './i07-one-switch-per-cooldown.ts';
import { explained } from './i08-explained.ts';
import { nothingForeign } from './i09-nothing-foreign.ts';
import { converges } from './i10-converges.ts';
import { ordersKept } from './orders-kept.ts';

const CHECKERS = [
  oneWriter,
  nothingLost,
  noMinority,
  noStoreNoMove,
  failStatic,
  oneSwitchPerCooldown,
  explained,
  nothingForeign,
  converges,
  ordersKept,
];

export function allCheckers(world: BallotWorld): readonly BallotChecker[] {
  return CHECKERS.map((make) => make(world));
}
