/** The fence's closing: confirmed read-only, or killed within its bound, whatever the server does. */
import test from 'ava';
import { closeGuarded, type GuardedServer } from '../../src/fence/close-server.ts';
import { FakeTime, settle } from '../runtime/fake-time.ts';

type Behaviour = 'answers' | 'hangs' | 'fails';

function aServer(
  differences: { readonly open?: boolean; readonly looks?: Behaviour; readonly closes?: Behaviour } = {},
) {
  const time = new FakeTime();
  const calls: string[] = [];
  const state = {
    open: true,
    looks: 'answers',
    closes: 'answers',
    clientsInTheWay: 0,
    running: 'inv-1',
    ...differences,
  };
  const behave = async (how: string): Promise<void> => {
    if (how === 'hangs') await new Promise(() => {});
    if (how === 'fails') throw new Error('connection lost');
  };
  const server: GuardedServer = {
    isReadOnly: async () => {
      await behave(state.looks);
      return !state.open;
    },
    makeReadOnly: async () => {
      calls.push('read-only');
      await behave(state.closes);
      while (state.clientsInTheWay > 0) await new Promise<void>((resolve) => time.after(1, resolve));
      state.open = false;
    },
    killClients: async () => {
      calls.push('kill clients');
      if (state.clientsInTheWay > 0) state.clientsInTheWay -= 1;
    },
  };
  const process = {
    kill: async (invocation: string | undefined) => {
      if (invocation !== undefined && invocation !== state.running) return false;
      calls.push('SIGKILL');
      state.open = false;
      return true;
    },
  };
  const order = { invocation: 'inv-1' as string | undefined, stands: true };
  const close = () =>
    closeGuarded({ server, process, timers: time }, { invocation: order.invocation, stillStands: () => order.stands });
  return { time, calls, state, order, close, process };
}

test('a closed server is left alone', async (t) => {
  const { close, calls, time } = aServer({ open: false });
  t.deepEqual(await close(), { how: 'was-closed' });
  t.deepEqual(calls, []);
  t.is(time.pending, 0);
});

test('an open server becomes read-only, and its clients are sent away', async (t) => {
  const { close, calls, state, time } = aServer();
  const closing = close();
  await time.advance(20);
  t.deepEqual(await closing, { how: 'read-only' });
  t.false(state.open);
  t.is(calls.at(-1), 'kill clients');
  t.false(calls.includes('SIGKILL'));
});

test('clients in the way are killed again and again', async (t) => {
  const { close, calls, state, time } = aServer();
  state.clientsInTheWay = 5;
  const closing = close();
  await time.advance(200);
  t.deepEqual(await closing, { how: 'read-only' });
  t.true(calls.filter((call) => call === 'kill clients').length > 5);
});

for (const [what, differences] of [
  ['does not answer', { looks: 'hangs' }],
  ['has lost its connection', { looks: 'fails' }],
  ['does not become read-only', { closes: 'hangs' }],
  ['refuses', { closes: 'fails' }],
] as const) {
  test(`a server that ${what} is killed, not later than after 300 ms`, async (t) => {
    const { close, calls, state, time } = aServer(differences);
    const closing = close();
    await time.advance(300);
    await settle();
    t.deepEqual(await closing, { how: 'killed' });
    t.false(state.open);
    t.is(calls.at(-1), 'SIGKILL');
  });
}

test('it is not killed before its time is over', async (t) => {
  const { close, calls, time } = aServer({ closes: 'hangs' });
  const closing = close();
  await time.advance(299);
  t.false(calls.includes('SIGKILL'));
  await time.advance(1);
  await closing;
  t.true(calls.includes('SIGKILL'));
});

test('an order that was renewed meanwhile kills nothing', async (t) => {
  const { close, calls, order, time } = aServer({ closes: 'hangs' });
  const closing = close();
  order.stands = false;
  await time.advance(300);
  t.deepEqual(await closing, { how: 'withdrawn' });
  t.false(calls.includes('SIGKILL'));
});

test('a server that was started since is killed only if it was seen open', async (t) => {
  const silent = aServer({ looks: 'hangs' });
  silent.state.running = 'inv-2';
  const first = silent.close();
  await silent.time.advance(300);
  t.deepEqual(await first, { how: 'was-closed' });
  const open = aServer({ closes: 'hangs' });
  open.state.running = 'inv-2';
  const second = open.close();
  await open.time.advance(300);
  t.deepEqual(await second, { how: 'killed' });
});

test('a process that cannot be told gone is a failure, with its reason', async (t) => {
  const { close, process, time } = aServer({ looks: 'hangs' });
  process.kill = async () => {
    throw new Error('systemd does not answer');
  };
  const closing = close();
  await time.advance(300);
  t.deepEqual(await closing, { how: 'failed', detail: 'systemd does not answer' });
});
