/** One write-probe row at a time. */
import test from 'ava';
import { ServerUnreachable, WAITS_FOR_ACK } from '../../../src/actuator/database-server.ts';
import { WriteProbeWriter } from '../../../src/runtime/duty/write-probe-writer.ts';
import { FakeTime, settle } from '../fake-time.ts';
import { AServer } from './a-server.ts';
import { never } from './a-store.ts';

const writing = () => {
  const server = new AServer();
  const clock = new FakeTime();
  return { server, clock, writer: new WriteProbeWriter({ node: 'north-3', server, clock, wallMs: () => 42 }) };
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

const fails = async ({ server, writer, clock }: ReturnType<typeof writing>, times: number, problem?: Error) => {
  if (problem === undefined) server.failing.add('writeProbe');
  else server.problems.set('writeProbe', problem);
  for (let count = 0; count < times; count++) {
    await writer.write(7n, never).catch(() => {});
    await clock.advance(3_000);
  }
  server.failing.clear();
  server.problems.clear();
};

test('three failures in a row are no chance, and count from the first one', async (t) => {
  const world = writing();
  await fails(world, 2);
  t.is(world.writer.failForMs, 0);
  await fails(world, 1);
  t.is(world.writer.failForMs, 9_000);
});

test('one write is enough', async (t) => {
  const world = writing();
  await fails(world, 5);
  await world.writer.write(7n, never);
  t.is(world.writer.failForMs, 0);
  await fails(world, 2);
  t.is(world.writer.failForMs, 0);
});

test('a write that waits for its acknowledgement is one that was taken', async (t) => {
  const world = writing();
  await fails(world, 5);
  await fails(world, 1, new ServerUnreachable('it waits', { code: WAITS_FOR_ACK }));
  t.is(world.writer.failForMs, 0);
});

test('what failed before the server was closed says nothing about the next time', async (t) => {
  const world = writing();
  await fails(world, 5);
  world.writer.forget();
  t.is(world.writer.failForMs, 0);
});

test('how long writes have waited counts from the first one, and ends with one that does not', async (t) => {
  const world = writing();
  const waits = new ServerUnreachable('it waits', { code: WAITS_FOR_ACK });
  t.is(world.writer.waitForMs, 0);
  await fails(world, 2, waits);
  t.is(world.writer.waitForMs, 6_000);
  t.deepEqual(world.writer.standing, { commitsWaitForMs: 6_000, writesFailForMs: 0 });
  await fails(world, 1);
  t.is(world.writer.waitForMs, 0, 'it failed of something else');
  await fails(world, 1, waits);
  await world.writer.write(7n, never);
  t.is(world.writer.waitForMs, 0);
});
