/** A token of the home region, shown to the own Keystone. */
import test from 'ava';
import type { Health } from '../../src/core/observation.ts';
import { identityKeysProbe } from '../../src/probe/identity-keys-probe.ts';
import { fakeKeystone } from './fake-keystone.ts';
import { look } from './look.ts';

const judged = test.macro(
  async (
    t,
    [issue, validate]: readonly [number, number],
    knownTokens: readonly string[],
    health: Health,
    detail: RegExp,
  ) => {
    const home = await fakeKeystone(
      t,
      () => issue,
      () => 200,
    );
    const own = await fakeKeystone(
      t,
      () => 201,
      () => validate,
      { knownTokens },
    );
    const account = { username: 'regent', password: 'hunter2-secret', project: 'service' };
    const places = { home: 'north', homeUrl: `${home.url}/`, localUrl: own.url };
    const seen = await look(identityKeysProbe({ ...places, ...account, everyMs: 1000, timeoutMs: 5000 }));
    t.is(seen.health, health);
    t.regex(seen.detail, detail);
    t.deepEqual(seen.facts, { home: 'north' });
    t.true(
      own.heard.every(({ method }) => method === 'GET'),
      'the own Keystone issues nothing',
    );
  },
);

const known = ['token-1'];
test('a token of home that is known here is ok', judged, [201, 200], known, 'ok', /validates a token of north/);
test(
  'one that is not known here is a diagnosis with its remedy',
  judged,
  [201, 200],
  [],
  'failed',
  /IdentityKeysDiffer.*copy/,
);
test('one that is no proof here is the same', judged, [201, 401], known, 'failed', /IdentityKeysDiffer.*401/);
test(
  'a home that issues none says nothing about the keys',
  judged,
  [503, 200],
  known,
  'unknown',
  /north issues no token/,
);
test('an own Keystone that is ill says nothing about the keys', judged, [201, 503], known, 'unknown', /503/);
