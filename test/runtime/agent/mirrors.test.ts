/** The mirrors that an agent has open, and what they tell about its stores. */
import test from 'ava';
import { Mirrors } from '../../../src/runtime/agent/mirrors.ts';
import { AStore } from '../duty/a-store.ts';
import { fixedRandom } from '../fake-time.ts';

function opening() {
  const stored = new AStore();
  const { time } = stored;
  const mirrors = new Mirrors({ clock: time, timers: time, random: fixedRandom(0.5), onProblem: () => {} });
  const open = (prefix: string) => mirrors.open(stored.store, [prefix], () => {});
  return { stored, time, mirrors, open };
}

test('without a mirror nothing is known of a store', (t) => {
  const { mirrors } = opening();
  t.deepEqual([...mirrors.awayForMs()], []);
  t.deepEqual(mirrors.changes(), []);
});

test('a store is as far away as the mirror that has heard least of it', async (t) => {
  const { stored, mirrors, time, open } = opening();
  open('/regent/v1/nodes/');
  await time.advance(10);
  t.deepEqual([...mirrors.awayForMs()], [['global', 0]]);
  stored.loses = 'requests';
  open('/regent/v1/desired/');
  await time.advance(40);
  t.deepEqual([...mirrors.awayForMs()], [['global', 40]]);
});

test('a mirror that is fresh does not hide one that is not', async (t) => {
  const { stored, mirrors, time, open } = opening();
  stored.loses = 'requests';
  open('/regent/v1/nodes/');
  await time.advance(40);
  stored.loses = undefined;
  open('/regent/v1/desired/');
  await time.advance(10);
  t.deepEqual([...mirrors.awayForMs()], [['global', 50]]);
});

test('a lost store is told once, and once more when it answers', async (t) => {
  const { stored, mirrors, time, open } = opening();
  open('/regent/v1/nodes/');
  await time.advance(10);
  stored.loses = 'requests';
  await time.advance(30_000);
  const told = () => mirrors.changes().map((event) => event.name);
  t.deepEqual(told(), ['agent:store:lost']);
  t.deepEqual(told(), []);
  stored.loses = undefined;
  await time.advance(5_000);
  t.deepEqual(told(), ['agent:store:regained']);
});

test('a mirror that was closed follows nothing and is counted no more', async (t) => {
  const { mirrors, time, open } = opening();
  const set = open('/regent/v1/nodes/');
  await time.advance(10);
  await mirrors.close(set);
  t.deepEqual([...mirrors.awayForMs()], []);
  t.is(time.pending, 0);
});

test('all are closed in the end', async (t) => {
  const { mirrors, time, open } = opening();
  open('/regent/v1/nodes/');
  open('/regent/v1/desired/');
  await time.advance(10);
  await mirrors.closeAll();
  t.is(time.pending, 0);
});
