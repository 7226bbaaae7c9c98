import test from 'ava';
import type { Health, Observation } from '../../src/core/observation.ts';
import type { Probe } from '../../src/probe/probe.ts';
import { ProbeRunner } from '../../src/runtime/probe-runner.ts';
import { FakeTime, fixedRandom } from './fake-time.ts';

const saw = (health: Health, detail = ''): Observation => ({ health, detail, facts: {} });

function setUp() {
  const time = new FakeTime();
  const changes: string[] = [];
  const gone: string[] = [];
  const runner = new ProbeRunner({
    clock: time,
    timers: time,
    random: fixedRandom(0),
    onChange: (probe, { health }) => changes.push(`${probe} ${health}`),
    onGone: (probe) => gone.push(probe),
    timeoutMs: 3000,
  });
  return { time, changes, gone, runner };
}

function scripted(name: string, script: readonly (() => Promise<Observation>)[]) {
  let looks = 0;
  const probe: Probe = {
    name,
    everyMs: 1000,
    observe: () => {
      const look = script[Math.min(looks, script.length - 1)];
      looks += 1;
      return look?.() ?? Promise.reject(new Error('no script'));
    },
  };
  return { probe, looks: () => looks };
}

test('only what says something else than before is passed on', async (t) => {
  const { time, changes, runner } = setUp();
  const { probe, looks } = scripted('db', [
    async () => saw('ok', 'in 3 ms'),
    async () => saw('ok', 'in 4 ms'),
    async () => saw('failed'),
    async () => saw('ok'),
  ]);
  await runner.use([probe]);
  await time.advance(5000);
  t.is(looks(), 6);
  t.deepEqual(changes, ['db ok', 'db failed', 'db ok']);
  await runner.stop();
  t.is(time.pending, 0);
});

test('the last observation is kept with its newest detail', async (t) => {
  const { time, runner } = setUp();
  await runner.use([scripted('db', [async () => saw('ok', 'a'), async () => saw('ok', 'b')]).probe]);
  t.is(runner.observations.get('db'), undefined);
  await time.advance(1000);
  t.is(runner.observations.get('db')?.detail, 'b');
  await runner.stop();
});

test('a probe that throws has not looked: unknown, not failed', async (t) => {
  const { time, changes, runner } = setUp();
  const broken: Probe = {
    name: 'sync',
    everyMs: 1000,
    observe: () => {
      throw new Error('defect');
    },
  };
  await runner.use([broken, scripted('async', [() => Promise.reject(new Error('defect'))]).probe]);
  await time.advance(0);
  t.deepEqual(changes, ['sync unknown', 'async unknown']);
  await runner.stop();
});

test('a probe that does not answer is unknown after its time, and is never run twice at once', async (t) => {
  const { time, changes, runner } = setUp();
  const gate = Promise.withResolvers<Observation>();
  const { probe, looks } = scripted('slow', [() => gate.promise, async () => saw('ok')]);
  await runner.use([probe]);
  await time.advance(2999);
  t.deepEqual(changes, []);
  await time.advance(1);
  t.deepEqual(changes, ['slow unknown']);
  await time.advance(60_000);
  t.is(looks(), 1);
  gate.resolve(saw('failed'));
  await time.advance(1000);
  t.deepEqual(changes, ['slow unknown', 'slow ok'], 'an answer that came too late does not count');
  await runner.stop();
});

test('waking brings a look forward', async (t) => {
  const { time, runner } = setUp();
  const { probe, looks } = scripted('db', [async () => saw('ok')]);
  await runner.use([probe]);
  await time.advance(100);
  runner.wake('db');
  runner.wake('nobody');
  await time.advance(0);
  t.is(looks(), 2);
  await time.advance(999);
  t.is(looks(), 2, 'the pace counts from the last look');
  await runner.stop();
});

test('probes that are no longer wanted end, and the others go on undisturbed', async (t) => {
  const { time, changes, runner } = setUp();
  const staying = scripted('staying', [async () => saw('ok')]);
  const leaving = scripted('leaving', [async () => saw('ok')]);
  await runner.use([staying.probe, leaving.probe]);
  await time.advance(500);
  await runner.use([staying.probe]);
  await time.advance(1000);
  t.is(staying.looks(), 2);
  t.is(leaving.looks(), 1);
  t.deepEqual(changes, ['staying ok', 'leaving ok']);
  t.deepEqual([...runner.observations.keys()], ['staying']);
  await runner.stop();
});

test('stopping ends a look that is under way without a word about it', async (t) => {
  const { time, changes, runner } = setUp();
  const probe: Probe = {
    name: 'slow',
    everyMs: 1000,
    observe: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(saw('failed')));
      }),
  };
  await runner.use([probe]);
  await time.advance(10);
  await Promise.all([runner.stop(), runner.stop()]);
  t.deepEqual(changes, []);
  t.is(time.pending, 0);
});

test('a probe that is wanted no more is said to be gone, one that was replaced is not, and neither is any at the end', async (t) => {
  const { gone, runner } = setUp();
  const saying = (name: string) => scripted(name, [async () => saw('ok')]).probe;
  await runner.use([saying('a'), saying('b')]);
  await runner.use([saying('b')]);
  t.deepEqual(gone, ['a']);
  await runner.stop();
  t.deepEqual(gone, ['a']);
});
