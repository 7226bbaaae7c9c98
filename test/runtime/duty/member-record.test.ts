/** What a member says about the set of ackers: that it goes by it only if its server is known not to do otherwise. */
import test from 'ava';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { MemberRecord } from '../../../src/core/database/state.ts';
import { OwnRecord } from '../../../src/runtime/duty/member-record.ts';
import { NODE, steady } from './a-database.ts';
import { aSnapshot } from './a-member-snapshot.ts';
import { aLook, replicating } from './a-server.ts';

const state = { ...steady, ackersVersion: 5 };
const acker = { ...state, ackers: [{ node: NODE, account: null, invocation: 'inv-1' }] };
const acknowledging = { ...aLook, semiSync: { ...aLook.semiSync, replicaEnabled: true } };
const invocation = 'inv-1';

for (const [name, snapshot, version] of [
  [
    'that replicates and does not acknowledge',
    { server: { invocation, look: { ...aLook, replication: replicating } } },
    5,
  ],
  ['that would acknowledge, had it a source', { server: { invocation, look: acknowledging } }, 5],
  [
    'that acknowledges and should not',
    { server: { invocation, look: { ...acknowledging, replication: replicating } } },
    null,
  ],
  ['that is an acker and does not acknowledge yet', { state: acker, server: { invocation, look: aLook } }, 5],
  ['that cannot be asked', { server: { invocation, look: undefined } }, null],
  ['that does not run', { server: { invocation: undefined, look: undefined } }, 5],
  ['of which the store says nothing', { state: undefined }, null],
] as const satisfies readonly (readonly [string, Partial<MemberSnapshot>, number | null])[]) {
  test(`a server ${name} goes by ${version === null ? 'no set' : 'the newest set'}`, async (t) => {
    const told: MemberRecord[] = [];
    const own = new OwnRecord({
      region: 'north',
      peer: null,
      rebuild: () => ({ isUnderWay: false }),
      publish: async (record) => void told.push(record),
    });
    await own.publish(aSnapshot({ state, ...snapshot }), undefined, new AbortController().signal);
    t.deepEqual(
      told.map(({ ackersVersion }) => ackersVersion),
      [version],
    );
  });
}

test('what could not be written may be written later: the next word is written again', async (t) => {
  const told: boolean[] = [];
  let isAway = false;
  const own = new OwnRecord({
    region: 'north',
    peer: null,
    rebuild: () => ({ isUnderWay: false }),
    publish: async ({ serverUp }) => {
      told.push(serverUp);
      if (isAway) throw new Error('the store is away');
    },
  });
  const look = (answers: boolean) => aSnapshot({ state, server: { invocation, look: answers ? aLook : undefined } });
  const publish = (answers: boolean) =>
    own.publish({ ...look(answers), storeAwayForMs: 1 }, undefined, new AbortController().signal);
  await publish(true);
  await publish(true);
  t.deepEqual(told, [true], 'the same is not said twice');
  isAway = true;
  await t.throwsAsync(publish(false));
  isAway = false;
  await publish(true);
  t.deepEqual(told, [true, false, true]);
});
