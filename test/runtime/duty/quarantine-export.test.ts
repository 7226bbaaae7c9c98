/** What only a quarantined server has is exported once and told in words; a failure is told once and tried again. */
import test from 'ava';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { type Exported, QuarantineExport } from '../../../src/runtime/duty/quarantine-export.ts';
import { anAgent, aPromotion, aReplicaLook, aState } from '../../core/database/a-database.ts';
import { never, Told } from './a-store.ts';

const state = aState({ promotions: [aPromotion('north-1', { binlogState: '0-101-40,0-102-50', lossMs: 700 })] });
const look = aReplicaLook({ replication: null, binlogState: '0-101-40,0-102-53' });
const quarantined = anAgent({
  node: 'north-2',
  state,
  server: { invocation: 'north-2#1', look },
  notes: { ...anAgent().notes, quarantinedAt: 4n, followedTerm: undefined },
});
const exported: Exported = {
  file: '/state/q/x.sql',
  bytes: 900,
  transactions: 3,
  schemaChanges: 0,
  gtids: ['0-102-51', '0-102-52', '0-102-53'],
  tables: [{ table: 'keystone.revocation_event', inserted: 2, updated: 0, deleted: 0 }],
  incomplete: '',
};

function exporting(seen: MemberSnapshot | undefined = quarantined) {
  const told = new Told();
  const ran: string[] = [];
  const world: { seen: MemberSnapshot | undefined; found: Exported | undefined; failure: string } = {
    seen,
    found: undefined,
    failure: '',
  };
  const duty = new QuarantineExport({
    seen: () => world.seen,
    exports: {
      find: async () => world.found,
      run: async ({ serverId, seq, knownSeq }) => {
        ran.push(`${serverId}: ${knownSeq}-${seq}`);
        if (world.failure !== '') throw new Error(world.failure);
        return exported;
      },
    },
    record: told.record,
    wallMs: () => 1,
  });
  return { told, ran, world, duty };
}

test('the range is exported once, and told with file, tables, meaning and the promotion that left it behind', async (t) => {
  const { told, ran, duty } = exporting();
  t.false(duty.isComplete);
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(ran, ['102: 50-53']);
  t.true(duty.isComplete);
  t.deepEqual(told.names, ['database:member:exported']);
  t.like(told.events[0], {
    epoch: 4n,
    cause: 'north-1 was promoted without them under term 4, that was allowed to lose up to 700 ms of writes',
  });
  t.like(told.events[0]?.facts, { file: '/state/q/x.sql', transactions: 3, promotedTerm: '4' });
  t.regex(told.events[0]?.message ?? '', /tokens that were revoked are accepted again/);
});

test('what an earlier process exported is not exported again', async (t) => {
  const { told, ran, world, duty } = exporting();
  world.found = exported;
  await duty.tick(never);
  t.deepEqual([ran, told.names], [[], []]);
  t.true(duty.isComplete);
});

test('a failure is told once and tried again', async (t) => {
  const { told, ran, world, duty } = exporting();
  world.failure = 'no space left';
  await duty.tick(never);
  await duty.tick(never);
  t.false(duty.isComplete);
  world.failure = '';
  await duty.tick(never);
  t.is(ran.length, 3);
  t.deepEqual(told.names, ['database:export:failed', 'database:member:exported']);
});

test('a server that is not quarantined has nothing to export, one that cannot be asked is not done', async (t) => {
  const { ran, world, duty } = exporting(anAgent({ node: 'north-2', state, server: { invocation: 'i', look } }));
  await duty.tick(never);
  t.true(duty.isComplete);
  world.seen = { ...quarantined, server: { invocation: undefined, look: undefined } };
  await duty.tick(never);
  t.false(duty.isComplete);
  t.deepEqual(ran, []);
});
