/** Keystone's memory is emptied once for each reason, also by an agent that was not there when it came up. */
import test from 'ava';
import type { DesiredDatabase, DesiredIdentity } from '../../../src/core/desired.ts';
import { grantsOf, noGrants } from '../../../src/core/grants.ts';
import type { IdentityRoute } from '../../../src/core/policy.ts';
import { CacheDuty } from '../../../src/runtime/duty/cache-duty.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { desiredKey } from '../../../src/store/keys.ts';
import { desiredRecord } from '../../../src/store/schema.ts';
import { identity as policy } from '../../core/a-region.ts';
import { MemoryCache } from '../../fakes/memory-cache.ts';
import { AStore, AView, never, Told } from './a-store.ts';

const ADDRESS = '198.51.100.11:11211';

const database: DesiredDatabase = {
  kind: 'database',
  name: policy.database,
  primary: 'north-3',
  region: 'north',
  term: 7n,
  lossyTerm: 0n,
  isBehind: false,
  backend: 'database',
  ready: ['south-2'],
};
const home: DesiredIdentity = {
  kind: 'identity',
  name: policy.name,
  state: 'home',
  home: 'north',
  backend: 'keystone',
  rollout: null,
  ready: ['north-1'],
  readOnly: false,
  isOrdered: false,
  sessions: 'end',
};
const away: DesiredIdentity = { ...home, state: 'isolated', ready: ['south-1'], readOnly: true };

function aNode(stored = new AStore(), { grants = granted, route = policy }: Partial<Options> = {}) {
  const view = new AView(stored);
  const told = new Told();
  const server = { address: ADDRESS, kept: new Map([['token', 'it']]), isUp: true };
  const duty = new CacheDuty({
    node: 'south-1',
    store: stored.store,
    view,
    routes: () => [{ policy: route, revision: 3n }],
    caches: new MemoryCache([server], grants),
    record: told.record,
  });
  const want = (...values: readonly (DesiredDatabase | DesiredIdentity)[]): void => {
    for (const value of values)
      stored.put(
        desiredKey(value.kind, value.name),
        desiredRecord.encode({ epoch: 4n, policyRevision: 3n, spec: encodeDesired(value) }),
      );
  };
  return { stored, view, told, server, duty, want };
}

interface Options {
  readonly grants: typeof noGrants;
  readonly route: IdentityRoute;
}

const granted = grantsOf({ files: [], units: [], addresses: [], haproxy: null, caches: [ADDRESS] });

test('a return empties the caches once, and an idle node writes nothing', async (t) => {
  const { stored, duty, server, told, want } = aNode();
  want(database, home);
  await duty.tick(never);
  want(away);
  await duty.tick(never);
  t.is(server.kept.size, 1, 'not by the switch');
  want(home);
  await duty.tick(never);
  t.is(server.kept.size, 0);
  t.deepEqual(told.names, ['identity:cache:emptied']);
  server.kept.set('new', 'it');
  const before = stored.revision;
  await duty.tick(never);
  t.is(server.kept.size, 1);
  t.is(stored.revision, before);
});

test('replicas that have caught up empty them, but not where the primary is', async (t) => {
  for (const [region, kept] of [
    ['north', 0],
    ['south', 1],
  ] as const) {
    const { duty, server, want } = aNode();
    want({ ...database, region, isBehind: true }, home);
    await duty.tick(never);
    want({ ...database, region });
    await duty.tick(never);
    t.is(server.kept.size, kept, region);
  }
});

test('a loss empties them as well', async (t) => {
  const { duty, server, want } = aNode();
  want(database, home);
  await duty.tick(never);
  want({ ...database, term: 8n, lossyTerm: 8n });
  await duty.tick(never);
  t.is(server.kept.size, 0);
});

test('an agent that was restarted meanwhile makes up for it, and one that is new to its node does not', async (t) => {
  const before = aNode();
  before.want(database, away);
  await before.duty.tick(never);
  before.want(home);
  const after = aNode(before.stored);
  await after.duty.tick(never);
  t.is(after.server.kept.size, 0);
  const fresh = aNode();
  fresh.want({ ...database, lossyTerm: 5n }, home);
  await fresh.duty.tick(never);
  t.is(fresh.server.kept.size, 1);
});

test('a server that is down is told once, and emptied when it is there again', async (t) => {
  const { duty, server, told, want } = aNode();
  want(database, away);
  await duty.tick(never);
  want(home);
  server.isUp = false;
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(told.names, ['identity:cache:refused']);
  server.isUp = true;
  await duty.tick(never);
  t.is(server.kept.size, 0);
  t.deepEqual(told.names, ['identity:cache:refused', 'identity:cache:emptied']);
});

test('without a grant nothing is emptied and the refusal says so', async (t) => {
  const { duty, server, told, want } = aNode(undefined, { grants: noGrants });
  want(database, away);
  await duty.tick(never);
  want(home);
  await duty.tick(never);
  t.is(server.kept.size, 1);
  t.like(told.events[0], { name: 'identity:cache:refused', refusal: 'NotGranted' });
});

for (const route of [
  { ...policy, emptyCaches: false },
  { ...policy, mode: 'observe' as const },
]) {
  test(`nothing is emptied with emptyCaches: ${route.emptyCaches} in mode ${route.mode}`, async (t) => {
    const { duty, server, told, want } = aNode(undefined, { route });
    want(database, away);
    await duty.tick(never);
    want(home);
    await duty.tick(never);
    t.is(server.kept.size, 1);
    t.deepEqual(told.names, []);
  });
}
