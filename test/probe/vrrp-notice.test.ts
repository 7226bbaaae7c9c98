import test from 'ava';
import { parseNotice } from '../../src/probe/vrrp-notice.ts';

const read = test.macro((t, line: string, expected: object | undefined) => t.deepEqual(parseNotice(line), expected));

const state = (word: 'primary' | 'backup' | 'fault' | null) => ({ instance: 'vip north', state: word });

test('an owner is primary', read, 'INSTANCE "vip north" MASTER 100', state('primary'));
test(
  'an owner that heard a lesser one is primary',
  read,
  'INSTANCE "vip north" MASTER_RX_LOWER_PRI 1',
  state('primary'),
);
test('an owner with a changed priority is primary', read, 'INSTANCE "vip north" MASTER_PRIORITY 90', state('primary'));
test('a standby is backup', read, 'INSTANCE "vip north" BACKUP 100', state('backup'));
test('a standby with a changed priority is backup', read, 'INSTANCE "vip north" BACKUP_PRIORITY 90', state('backup'));
test('a vetoed node is in fault', read, 'INSTANCE "vip north" FAULT 0', state('fault'));
test('an instance that stops has no state', read, 'INSTANCE "vip north" STOP 100', state(null));
test('an instance that is gone has no state', read, 'INSTANCE "vip north" DELETED 100', state(null));
test('a line without a priority is understood', read, 'INSTANCE "vip north" MASTER', state('primary'));
test('an unknown word is not understood', read, 'INSTANCE "vip north" DANCING 100', undefined);
test('the name of a property of every object is no word', read, 'INSTANCE "vip north" CONSTRUCTOR 1', undefined);
test('a group is not an instance', read, 'GROUP "vip north" MASTER 100', undefined);
test('a torn line is not understood', read, 'NSTANCE "vip north" MASTER 100', undefined);
test('an empty line is not understood', read, '', undefined);
