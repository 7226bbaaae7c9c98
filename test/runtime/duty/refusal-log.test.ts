/** A refusal is told when it begins, and again when it begins again. */
import test from 'ava';
import type { NewEvent } from '../../../src/core/event.ts';
import { RefusalLog } from '../../../src/runtime/duty/refusal-log.ts';
import { Told } from './a-store.ts';

const refusal = (difference: Partial<NewEvent> = {}): NewEvent => ({
  name: 'database:promotion:refused',
  subject: 'keystone',
  message: 'no ballot is opened',
  cause: 'the primary key is gone',
  refusal: 'Cooldown',
  epoch: 3n,
  ...difference,
});

test('a refusal that stands is told once', (t) => {
  const told = new Told();
  const log = new RefusalLog(told.record);
  log.tell([refusal()]);
  log.tell([refusal({ message: 'still, after 3 s' })]);
  t.deepEqual(
    told.events.map((event) => event.message),
    ['no ballot is opened'],
  );
});

test('a refusal that begins again is told again', (t) => {
  const told = new Told();
  const log = new RefusalLog(told.record);
  log.tell([refusal()]);
  log.tell([]);
  log.tell([refusal()]);
  t.is(told.events.length, 2);
});

test('the same refusal twice in one tick is told once', (t) => {
  const told = new Told();
  new RefusalLog(told.record).tell([refusal(), refusal()]);
  t.is(told.events.length, 1);
});

const differs = test.macro((t, difference: Partial<NewEvent>) => {
  const told = new Told();
  const log = new RefusalLog(told.record);
  log.tell([refusal()]);
  log.tell([refusal(), refusal(difference)]);
  log.tell([refusal(), refusal(difference)]);
  t.is(told.events.length, 2);
});

test('another rule is another refusal', differs, { refusal: 'OnHold' });
test('another subject is another refusal', differs, { subject: 'nova' });
test('another epoch is another refusal', differs, { epoch: 4n });
test('another event is another refusal', differs, { name: 'route:backend:refused' });
