import test from 'ava';
import { nearest } from '../../src/policy/nearest.ts';

const known = ['port', 'promote', 'holdDown', 'fitAgainAfter'];

const suggests = test.macro((t, name: string, expected: string | undefined) => t.is(nearest(name, known), expected));

test('letters that changed places are one mistake', suggests, 'prot', 'port');
test('a missing letter is found', suggests, 'promot', 'promote');
test('a letter too many is found', suggests, 'portt', 'port');
test('a wrong letter is found', suggests, 'holdDawn', 'holdDown');
test('case is no difference', suggests, 'holddown', 'holdDown');
test('a longer name may have more mistakes', suggests, 'fitAgianAfterMs', 'fitAgainAfter');
test('a name that is like none is not taken for one', suggests, 'zebra', undefined);
test('of two near names the nearer one is suggested', (t) =>
  t.is(nearest('north-2', ['north-12', 'north-2x', 'north-2']), 'north-2'));
