/** Whose turn it is in a roll-out by files, and what becomes of one in which a node fails. */
import test from 'ava';
import { ARollout, files, NORTH, SOUTH, settledAtHome } from './a-rollout.ts';

const WORKING_MAX_MS = 2 * files.nodeTimeoutMs;

test('the nodes go one after the other, in the order of the policy', (t) => {
  const region = new ARollout().tick();
  t.like(region.rollout, { to: NORTH, turn: 'south-1', without: [], left: null, isBack: false });
  t.deepEqual(region.rollout.from, [NORTH, SOUTH]);
  region.says('south-1', 'working');
  t.is(region.rollout.turn, 'south-1');
  region.says('south-1', 'done');
  t.is(region.rollout.turn, 'south-2');
  region.says('south-2', 'working').says('south-2', 'done');
  t.is(region.rollout.turn, 'south-3');
  region.says('south-3', 'working').says('south-3', 'done');
  t.is(region.rollout.turn, null);
  t.deepEqual(region.names, [
    'region:home',
    'rollout:started',
    'rollout:advanced',
    'rollout:advanced',
    'rollout:advanced',
    'rollout:finished',
  ]);
});

test('a settled region wants nothing', (t) => {
  const region = settledAtHome();
  const before = region.value;
  region.after(3_600_000);
  t.is(region.value, before);
  t.deepEqual(region.events, []);
});

test('a cut-off region is pointed at its own Keystone, under a decision of its own', (t) => {
  const region = settledAtHome();
  const { decision } = region.rollout;
  region.homeIs = 'failed';
  region.tick();
  t.like(region.value, { state: 'isolated', readOnly: true, backend: null, ready: ['south-1', 'south-2'] });
  t.like(region.rollout, { to: SOUTH, turn: 'south-1', left: NORTH });
  t.true(region.rollout.decision > decision);
  t.deepEqual(region.names, ['region:suspect', 'region:isolated', 'rollout:started', 'rollout:advanced']);
});

test('what a node reported under another decision is no word about this one', (t) => {
  const region = settledAtHome();
  const old = region.rollout.decision;
  region.tick('isolate');
  region.says('south-1', 'done', { decision: old });
  t.is(region.rollout.turn, 'south-1');
});

test('nobody has a turn while the target does not issue tokens', (t) => {
  const region = settledAtHome().tick('isolate');
  region.says('south-1', 'working');
  region.ownIs = 'failed';
  region.says('south-1', 'done');
  t.is(region.rollout.turn, null);
  t.deepEqual(
    region.verdict?.refusals.map((each) => each.event.refusal),
    ['NoHealthyTarget'],
  );
  region.ownIs = 'ok';
  t.is(region.tick().rollout.turn, 'south-2');
});

test('a node that is not there is passed over at once, and has its turn when it is back', (t) => {
  const region = settledAtHome();
  region.present.delete('south-1');
  region.tick('isolate');
  t.is(region.rollout.turn, 'south-2');
  region.present.delete('south-2');
  region.tick();
  t.is(region.rollout.turn, 'south-3');
  t.true(region.names.includes('rollout:passed'));
  region.present.add('south-1');
  region.says('south-3', 'working').says('south-3', 'done');
  t.is(region.rollout.turn, 'south-1');
  region.says('south-1', 'working').says('south-1', 'done');
  t.is(region.rollout.turn, null);
  region.present.add('south-2');
  t.is(region.tick().rollout.turn, 'south-2');
});

test('a node that has begun and is gone is waited for until it must have given up', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working');
  region.present.delete('south-1');
  t.is(region.after(WORKING_MAX_MS - 1).rollout.turn, 'south-1');
  t.is(region.verdict?.changesInMs, 1);
  t.is(region.after(1).rollout.turn, 'south-2');
  t.is(region.names.at(-2), 'rollout:passed');
});

test('one that was passed over and has not ended gets no other turn', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working').after(WORKING_MAX_MS);
  region.complete();
  t.is(region.rollout.turn, null);
  t.is(region.forget('south-1').rollout.turn, 'south-1');
});

test('a node that is there and does not begin is passed over after its time, and comes last', (t) => {
  const region = settledAtHome().tick('isolate');
  t.is(region.after(files.nodeTimeoutMs - 1).rollout.turn, 'south-1');
  t.is(region.after(1).rollout.turn, 'south-2');
  region.says('south-2', 'working').says('south-2', 'done').says('south-3', 'working').says('south-3', 'done');
  t.is(region.rollout.turn, 'south-1');
  const before = region.value;
  t.is(region.after(10 * files.nodeTimeoutMs).value, before);
});

test('a planned move goes back to what still works when a node fails', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working').says('south-1', 'done');
  region.says('south-2', 'working').says('south-2', 'failed', { refusal: 'NotGranted' });
  t.like(region.value, { state: 'home', readOnly: false, isOrdered: false });
  t.like(region.rollout, { to: NORTH, turn: 'south-1', left: null, isBack: true });
  t.true(region.names.includes('rollout:turned'));
  region.complete();
  t.is(region.after(3_600_000).rollout.to, NORTH);
});

test('a return that failed is not tried again by itself', (t) => {
  const region = settledAtHome();
  region.homeIs = 'failed';
  region.tick().complete();
  region.homeIs = 'ok';
  region.after(files.cooldownMs);
  t.like(region.value, { state: 'home' });
  region.says('south-1', 'working').says('south-1', 'failed');
  t.like(region.value, { state: 'isolated', readOnly: true, isOrdered: false });
  region.complete();
  t.like(region.after(3_600_000).value, { state: 'isolated' });
  t.like(region.tick('return').value, { state: 'home' });
  t.like(region.rollout, { to: NORTH, left: SOUTH, isBack: false });
});

test('without a way back it goes on without the node that failed, which has another turn after the cooldown', (t) => {
  const region = settledAtHome();
  region.homeIs = 'failed';
  region.tick().says('south-1', 'working').says('south-1', 'failed');
  t.like(region.rollout, { to: SOUTH, turn: 'south-2', without: ['south-1'] });
  t.true(region.names.includes('rollout:continued'));
  region.complete();
  t.is(region.rollout.turn, null);
  region.homeIs = 'ok';
  t.like(region.tick().value, { state: 'returning' }, 'what was decided about a failure stays decided');
  region.homeIs = 'failed';
  t.is(region.after(files.cooldownMs - 1).rollout.turn, null);
  t.is(region.verdict?.changesInMs, 1);
  t.is(region.after(1).rollout.turn, 'south-1');
  region.says('south-1', 'working').says('south-1', 'failed');
  t.is(region.rollout.turn, null);
});

test('what fails after the end of a roll-out moves nobody', (t) => {
  const region = settledAtHome().tick('isolate').complete();
  t.is(region.rollout.left, null);
  region.drifted = ['south-2'];
  region.tick().says('south-2', 'working', { isRepaired: true });
  region.says('south-2', 'failed', { isRepaired: true });
  t.like(region.value, { state: 'isolated' });
  t.like(region.rollout, { to: SOUTH, turn: null, without: ['south-2'] });
  region.policy = { ...files, nodes: [...files.nodes, 'south-4'] };
  region.present.add('south-4');
  region.tick().says('south-4', 'working').says('south-4', 'failed');
  t.like(region.rollout, { to: SOUTH, without: ['south-2', 'south-4'] });
});

test('a roll-out that goes back does not turn round again', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working').says('south-1', 'failed');
  t.like(region.rollout, { to: NORTH, isBack: true, turn: 'south-1' });
  region.says('south-1', 'working').says('south-1', 'failed');
  t.like(region.rollout, { to: NORTH, turn: 'south-2', without: ['south-1'] });
});

test('where home has moved there is no way back', (t) => {
  const region = new ARollout();
  region.view = { ...region.view, region: 'south', primary: 'south-2' };
  region.tick().complete();
  region.view = { ...region.view, region: 'north', primary: 'north-3', term: 9n };
  region.tick();
  t.like(region.rollout, { to: NORTH, left: null });
  region.says('south-1', 'working').says('south-1', 'failed');
  t.like(region.rollout, { to: NORTH, without: ['south-1'], turn: 'south-2' });
});

test('a decision that is overtaken begins with the node that is at work, so that no two are', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working').says('south-1', 'done');
  region.says('south-2', 'working');
  region.tick('return');
  t.like(region.rollout, { to: NORTH, turn: 'south-2' });
  region.says('south-2', 'working').says('south-2', 'done');
  t.is(region.rollout.turn, 'south-3');
  region.says('south-3', 'working').says('south-3', 'done');
  t.is(region.rollout.turn, 'south-1');
});

test('a new leader goes on with the decision that stands', (t) => {
  const region = settledAtHome().tick('isolate').says('south-1', 'working').says('south-1', 'done');
  const { decision } = region.rollout;
  region.epoch = 200n;
  region.tick();
  t.like(region.rollout, { decision, turn: 'south-2' });
});

test('the number of a decision grows although the value was deleted', (t) => {
  const region = settledAtHome();
  const { decision } = region.rollout;
  region.value = undefined;
  region.epoch = 200n;
  t.true(region.tick().rollout.decision > decision);
});

test('files that somebody overwrote are put right once', (t) => {
  const region = settledAtHome();
  region.drifted = ['south-2'];
  t.is(region.tick().rollout.turn, 'south-2');
  region.drifted = [];
  region.says('south-2', 'working').says('south-2', 'done', { isRepaired: true });
  t.is(region.rollout.turn, null);
  region.drifted = ['south-2'];
  t.is(region.after(3_600_000).rollout.turn, null);
});

test('what was seen of the files before the last turn is no word about what it left', (t) => {
  const region = settledAtHome();
  region.drifted = ['south-2'];
  region.lookedBefore = true;
  t.is(region.tick().rollout.turn, null);
});

test('other services make another decision on the same side', (t) => {
  const region = settledAtHome();
  const { decision } = region.rollout;
  region.policy = { ...files, services: ['placement'] };
  region.tick();
  t.like(region.rollout, { to: NORTH, turn: 'south-1', services: ['placement'] });
  t.true(region.rollout.decision > decision);
});

test('another node joins the decision that stands', (t) => {
  const region = settledAtHome();
  const { decision } = region.rollout;
  region.policy = { ...files, nodes: [...files.nodes, 'south-4'] };
  region.present.add('south-4');
  region.tick();
  t.like(region.rollout, { decision, turn: 'south-4' });
});

test('the order of the policy counts, not that of the names', (t) => {
  const region = new ARollout();
  region.policy = { ...files, nodes: ['south-3', 'south-1', 'south-2'] };
  t.is(region.tick().rollout.turn, 'south-3');
});
