import test from 'ava';
import fc from 'fast-check';
import type { Health } from '../../src/core/observation.ts';
import { countVotes, majorityOf } from '../../src/core/quorum.ts';
import { saw } from './a-region.ts';

const majority = test.macro({
  exec: (t, electorate: number, needed: number) => t.is(majorityOf(electorate), needed),
  title: (_, electorate, needed) => `${needed} of ${electorate} are a majority`,
});

for (const [electorate, needed] of [
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
] as const) {
  test(majority, electorate, needed);
}

test('an empty electorate has no majority, instead of always one', (t) => {
  t.throws(() => majorityOf(0), { instanceOf: RangeError });
});

interface Row {
  readonly said: readonly (readonly [Health, number] | null)[];
  readonly failed: number | undefined;
  readonly ok: number | undefined;
  readonly silent: number;
}

const votes = test.macro((t, { said, failed, ok, silent }: Row) => {
  const observers = said.map((_, index) => `node-${index}`);
  const observations = said.flatMap((each, index) => (each === null ? [] : [saw(`node-${index}`, 'p', ...each)]));
  const counted = countVotes(observers, observations, 'p');
  t.is(counted.failed.majorityForMs, failed);
  t.is(counted.ok.majorityForMs, ok);
  t.is(counted.silent.length, silent);
});

const none = undefined;
test('two failures of three are a majority since the second of them', votes, {
  said: [
    ['failed', 900],
    ['failed', 400],
    ['ok', 5000],
  ],
  failed: 400,
  ok: none,
  silent: 0,
});
test('a third failure does not restart the time of the first two', votes, {
  said: [
    ['failed', 900],
    ['failed', 400],
    ['failed', 0],
  ],
  failed: 400,
  ok: none,
  silent: 0,
});
test('unknown is no vote, but it is counted in the electorate', votes, {
  said: [
    ['failed', 900],
    ['unknown', 900],
    ['unknown', 900],
  ],
  failed: none,
  ok: none,
  silent: 2,
});
test('degraded is neither failed nor ok', votes, {
  said: [
    ['degraded', 900],
    ['degraded', 900],
    ['ok', 900],
  ],
  failed: none,
  ok: none,
  silent: 2,
});
test('a node that does not report has no vote', votes, {
  said: [['ok', 900], null, null],
  failed: none,
  ok: none,
  silent: 2,
});
test('half is no majority', votes, {
  said: [
    ['failed', 900],
    ['ok', 900],
  ],
  failed: none,
  ok: none,
  silent: 0,
});

test('nodes that are no observers and other probes are not counted', (t) => {
  const heard = [saw('stranger', 'p', 'failed'), saw('a', 'q', 'failed')];
  t.deepEqual(countVotes(['a'], heard, 'p').silent, ['a']);
});

const healths = fc.array(fc.constantFrom<Health>('ok', 'degraded', 'failed', 'unknown'), {
  minLength: 1,
  maxLength: 7,
});

test('there is never a majority on both sides, and going blind never makes one (I3)', (t) => {
  fc.assert(
    fc.property(healths, fc.nat(), (said, blinded) => {
      const observers = said.map((_, index) => `n${index}`);
      const count = (list: readonly Health[]) =>
        countVotes(
          observers,
          list.map((health, index) => saw(`n${index}`, 'p', health)),
          'p',
        );
      const before = count(said);
      const blind = count(said.map((health, index) => (index === blinded % said.length ? 'unknown' : health)));
      const both = before.failed.majorityForMs !== undefined && before.ok.majorityForMs !== undefined;
      const gained = before.failed.majorityForMs === undefined && blind.failed.majorityForMs !== undefined;
      return !both && !gained;
    }),
  );
  t.pass();
});
