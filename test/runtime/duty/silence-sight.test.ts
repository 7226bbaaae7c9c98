/** Whose silence it was: the primary's, or that of an agent that did not look. */
import test from 'ava';
import { instant } from '../../../src/core/time.ts';
import { SilenceSight } from '../../../src/runtime/duty/silence-sight.ts';
import { aReplicaLook, aReplication } from '../../core/database/a-database.ts';
import { steady } from './a-database.ts';

const received = (receivedPos: string) => aReplicaLook({ replication: aReplication({ receivedPos }) });

function aSight() {
  const sight = new SilenceSight({ heardAgoMs: (state) => (state === steady ? 700 : undefined) });
  return (atMs: number, pos = '0-1-1') => sight.see(steady, received(pos), instant(atMs));
}

test('what stands is counted from the first look at it, what moves begins anew', (t) => {
  const see = aSight();
  t.deepEqual(see(0), { primaryHeardAgoMs: 700, receivedStandingMs: 0 });
  t.is(see(1_100).receivedStandingMs, 1_100);
  t.is(see(2_200).receivedStandingMs, 2_200);
  t.is(see(2_300, '0-1-2').receivedStandingMs, 0);
  t.is(see(2_400, '0-1-2').receivedStandingMs, 100);
});

test('an agent that was frozen itself has seen nothing stand', (t) => {
  const see = aSight();
  see(0);
  t.is(see(1_000).receivedStandingMs, 1_000);
  t.is(see(9_000).receivedStandingMs, 0);
  t.is(see(9_500).receivedStandingMs, 500);
});
