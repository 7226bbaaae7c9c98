/** One write-probe row at a time. */
import test from 'ava';
import { WriteProbeWriter } from '../../../src/runtime/duty/write-probe-writer.ts';
import { settle } from '../fake-time.ts';
import { AServer } from './a-server.ts';
import { never } from './a-store.ts';

const writing = () => {
  const server = new AServer();
  return { server, writer: new WriteProbeWriter({ node: 'north-3', server, wallMs: () => 42 }) };
};

test('a row says term, node and wall time', async (t) => {
  const { server, writer } = writing();
  await writer.write(7n, never);
  t.deepEqual(server.calls, ['write 7 north-3 42']);
});

test('a write that waits is not joined by another one, and the next one comes after it', async (t) => {
  const { server, writer } = writing();
  const letGo = server.hang('writeProbe');
  const first = writer.write(7n, never);
  await writer.write(7n, never);
  t.is(server.calls.length, 1);
  letGo();
  await first;
  await settle();
  await writer.write(7n, never);
  t.is(server.calls.length, 2);
});

test('a write that failed is told and does not block the next one', async (t) => {
  const { server, writer } = writing();
  server.failing.add('writeProbe');
  await t.throwsAsync(writer.write(7n, never));
  server.failing.clear();
  await writer.write(7n, never);
  t.is(server.calls.length, 2);
});
