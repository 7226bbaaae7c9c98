/** Closing within a bound (F1): read-only in time, or killed. */
import test from 'ava';
import { CLOSE_WITHIN_MS, ServerCloser } from '../../../src/runtime/duty/server-closer.ts';
import { database, inForce } from '../../core/a-region.ts';
import { FakeTime, settle } from '../fake-time.ts';
import { NODE, steady } from './a-database.ts';
import { AServer } from './a-server.ts';
import { Told } from './a-store.ts';

const context = { node: NODE, policy: inForce(database, 5n), state: steady };

function closing() {
  const time = new FakeTime();
  const server = new AServer();
  const told = new Told();
  return {
    time,
    server,
    told,
    closer: new ServerCloser({ server, process: server, timers: time, record: told.record }),
  };
}

test('the bound is the one of the design', (t) => {
  t.is(CLOSE_WITHIN_MS, 300);
});

test('a server that closes in time is not killed', async (t) => {
  const { server, told, closer, time } = closing();
  await closer.close('a cause', context);
  t.deepEqual(server.calls, ['close within 300']);
  t.true(server.facts.readOnly);
  t.deepEqual(told.names, ['database:primary:demoted']);
  t.like(told.events[0], { subject: 'keystone', cause: 'a cause', policyRevision: 5n, epoch: 7n });
  t.is(time.pending, 0);
});

test('a server that says that it is not closed is killed', async (t) => {
  const { server, told, closer } = closing();
  server.closes = 'no';
  await closer.close('a cause', context);
  t.deepEqual(server.calls, ['close within 300', 'kill']);
  t.deepEqual(told.names, ['database:primary:killed']);
});

test('a server that cannot be asked is killed', async (t) => {
  const { server, told, closer } = closing();
  server.closes = 'throws';
  await closer.close('a cause', context);
  t.deepEqual(server.calls, ['close within 300', 'kill']);
  t.deepEqual(told.names, ['database:primary:killed']);
});

test('a server that does not answer is killed at the bound and not before', async (t) => {
  const { time, server, closer } = closing();
  server.closes = 'hangs';
  const closed = closer.close('a cause', context);
  await time.advance(CLOSE_WITHIN_MS - 1);
  t.deepEqual(server.calls, ['close within 300']);
  await time.advance(1);
  t.deepEqual(server.calls, ['close within 300', 'kill']);
  await closed;
});

test('who comes while it closes waits for the same closing', async (t) => {
  const { time, server, closer, told } = closing();
  server.closes = 'hangs';
  let isOver = false;
  const first = closer.close('a cause', context);
  const second = closer.close('another', context).then(() => {
    isOver = true;
  });
  await settle();
  t.false(isOver);
  await time.advance(CLOSE_WITHIN_MS);
  await Promise.all([first, second]);
  t.deepEqual(server.calls, ['close within 300', 'kill']);
  t.is(told.events.length, 1);
});

test('a later closing is a new one', async (t) => {
  const { server, closer } = closing();
  await closer.close('a cause', context);
  await closer.close('another', context);
  t.is(server.calls.length, 2);
});

test('a kill that fails is told to the caller, and the next closing tries again', async (t) => {
  const { server, closer } = closing();
  server.closes = 'no';
  server.killFails = true;
  await t.throwsAsync(closer.close('a cause', context));
  server.killFails = false;
  await t.notThrowsAsync(closer.close('a cause', context));
});
