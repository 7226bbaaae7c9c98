/** Old data stop no switch, and are named with a switch if they were old before home was lost. */
import test from 'ava';
import type { SeenObservation } from '../../src/core/observation.ts';
import { decideRegion } from '../../src/core/region.ts';
import { aSnapshot, atHome, identity, inForce, saw, standing } from './a-region.ts';

/** Home has been lost for 61 s, and south goes to its own Keystones now. */
const cut = (...more: readonly SeenObservation[]) => {
  const observations = ['south-1', 'south-2'].flatMap((node) => [
    saw(node, 'identity-home', 'failed', 61_000),
    saw(node, 'keystone-local', 'ok'),
  ]);
  return decideRegion(
    aSnapshot({
      policies: [inForce(identity)],
      desired: [standing({ ...atHome, state: 'suspect' })],
      observations: [...observations, ...more],
    }),
  );
};
const isolation = (decision: ReturnType<typeof decideRegion>) =>
  decision.events.find(({ name }) => name === 'identity:region:isolated');

test('a region whose data were old before the cut is isolated all the same, and the event says whose they were', (t) => {
  const event = isolation(cut(saw('south-2', 'replica-age', 'degraded', 90_000)));
  t.deepEqual(event?.facts?.stale, ['south-2']);
  t.regex(event?.message ?? '', /data of south-2 were older than 10 s before that/);
});

test('data that grew old by the cut itself are not named', (t) => {
  const event = isolation(cut(saw('south-2', 'replica-age', 'degraded', 51_000), saw('south-3', 'replica-age', 'ok')));
  t.deepEqual(event?.facts?.stale, []);
  t.notRegex(event?.message ?? '', /older/);
});
