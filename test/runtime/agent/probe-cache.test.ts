/** A probe that is wanted again is the same object. */
import test from 'ava';
import type { Probe } from '../../../src/probe/probe.ts';
import { ProbeCache } from '../../../src/runtime/agent/probe-cache.ts';

const aProbe = (name: string) => ({ name }) as Probe;

test('a probe is made once for what it is made from', (t) => {
  const cache = new ProbeCache();
  const one = cache.get('a', () => aProbe('a'));
  t.is(
    cache.get('a', () => t.fail('made again') as never),
    one,
  );
  t.not(
    cache.get('b', () => aProbe('a')),
    one,
  );
});
