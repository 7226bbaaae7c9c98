/** When Keystone's memory is emptied: after a return and after a loss, once, and never by the switch itself. */
import test from 'ava';
import { type CacheSituation, decideCaches } from '../../src/core/keystone-cache.ts';

const atHome: CacheSituation = { isAway: false, isBehind: false, lossyTerm: 3n };
const away: CacheSituation = { isAway: true, isBehind: false, lossyTerm: 3n };

test('a node that has dealt with nothing yet begins with what is', (t) => {
  t.deepEqual(decideCaches(undefined, away), { empty: undefined, next: away });
});

test('nothing is emptied while nothing changes, nor by going away', (t) => {
  t.deepEqual(decideCaches(atHome, atHome), { empty: undefined, next: atHome });
  t.deepEqual(decideCaches(atHome, away), { empty: undefined, next: away });
});

test('a return empties the caches once', (t) => {
  const { empty, next } = decideCaches(away, atHome);
  t.regex(empty ?? '', /has returned/);
  t.is(decideCaches(next, atHome).empty, undefined);
});

test('replicas that have replayed what they were behind empty the caches, at home', (t) => {
  const behind = { ...atHome, isBehind: true };
  t.is(decideCaches(atHome, behind).empty, undefined);
  t.regex(decideCaches(behind, atHome).empty ?? '', /replayed/);
  t.is(decideCaches({ ...away, isBehind: true }, away).empty, undefined, 'its Keystones are in use, and cut off');
});

test('a promotion that may have lost writes empties the caches, wherever the region is', (t) => {
  for (const before of [atHome, away]) {
    const after = { ...before, lossyTerm: 5n };
    const { empty, next } = decideCaches(before, after);
    t.regex(empty ?? '', /term 5/);
    t.deepEqual(next, after);
    t.is(decideCaches(next, after).empty, undefined);
  }
});

test('an older decision about the database empties nothing, and is not remembered', (t) => {
  t.deepEqual(decideCaches(atHome, { ...atHome, lossyTerm: 1n }), { empty: undefined, next: atHome });
});
