/** Nobody starts a server whose data is being exchanged, and a start that was on its way is waited for. */
import test from 'ava';
import { StartGate } from '../../../src/runtime/duty/start-gate.ts';
import { AServer } from './a-server.ts';

test('an open gate starts, a closed one refuses; killing is always allowed', async (t) => {
  const server = new AServer();
  let isClosed = false;
  const gate = new StartGate(server, () => isClosed);
  await gate.start('keep');
  isClosed = true;
  await t.throwsAsync(gate.start('keep'), { code: 'Rebuilding' });
  await gate.kill();
  t.deepEqual(server.calls, ['start keep', 'kill']);
});

test('a start on its way is waited for, also one that fails', async (t) => {
  const server = new AServer();
  const gate = new StartGate(server, () => false);
  server.failing.add('start');
  const letGo = server.hang('start');
  const started = t.throwsAsync(gate.start('former'));
  let isIdle = false;
  const idle = gate.idle().then(() => {
    isIdle = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.false(isIdle);
  letGo();
  await idle;
  await started;
});
