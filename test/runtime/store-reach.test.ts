import test from 'ava';
import { StoreReach } from '../../src/runtime/store-reach.ts';

const told = (reach: StoreReach, store: string, ...awayForMs: readonly number[]) =>
  awayForMs.map((each) => reach.see(store, each)?.name);

test('a store is lost after three seconds of silence, told once, and regained with its first answer', (t) => {
  const reach = new StoreReach();
  t.deepEqual(told(reach, 'regional', 0, 2999, 3000, 60_000, 500, 0, 0), [
    undefined,
    undefined,
    'agent:store:lost',
    undefined,
    undefined,
    'agent:store:regained',
    undefined,
  ]);
});

test('a short silence is no loss, and a store that was never reached is one', (t) => {
  const reach = new StoreReach();
  t.deepEqual(told(reach, 'regional', 2000, 0), [undefined, undefined]);
  t.deepEqual(told(reach, 'global', Number.POSITIVE_INFINITY), ['agent:store:lost']);
});

test('each store has its own story', (t) => {
  const reach = new StoreReach();
  t.deepEqual(told(reach, 'regional', 3000), ['agent:store:lost']);
  t.deepEqual(told(reach, 'global', 0, 3000), [undefined, 'agent:store:lost']);
});
