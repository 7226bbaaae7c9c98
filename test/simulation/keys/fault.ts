/** What a fault is: drawn from a seed, it begins and it ends. */
import type { SeededRandom } from '../random.ts';
import type { Keystone } from './keystone.ts';
import type { KeysWorld } from './world.ts';

export interface KeysFault {
  readonly kind: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly begin: () => void;
  readonly end: () => void;
}

export type Effect = Pick<KeysFault, 'begin' | 'end'>;

export interface Maker {
  readonly kind: string;
  readonly longestMs: number;
  readonly make: (world: KeysWorld, random: SeededRandom) => Effect;
}

export const NOTHING = (): void => {};

export const pickKeystone = ({ keystones }: KeysWorld, random: SeededRandom): Keystone =>
  random.pick(keystones as readonly [Keystone, ...Keystone[]]);
