/** Orders about a database: refused before they are given, given once, followed to their end, and left when interrupted. */
import test from 'ava';
import type { DatabaseState } from '../../src/core/database/state.ts';
import {
  databaseOrderRecord,
  databaseStateRecord,
  memberRecord,
  primaryKeyRecord,
  refusedOrderRecord,
} from '../../src/store/database-records.ts';
import * as keys from '../../src/store/keys.ts';
import { aBallot, anAnswer, aPromotion } from '../core/database/a-database.ts';
import { DATABASE } from '../policy/a-world.ts';
import { type Cloud, healthyCloud, putMember } from './a-cloud.ts';

const STATE = keys.databaseStateKey('keystone');
const ORDER = keys.databaseOrderKey('keystone');

function stateOf(cloud: Cloud): DatabaseState {
  return databaseStateRecord.decode(STATE, cloud.global.state.get(STATE)?.value ?? '');
}

const putState = (cloud: Cloud, difference: Partial<DatabaseState>) =>
  cloud.put(cloud.global, STATE, databaseStateRecord.encode({ ...stateOf(cloud), ...difference }));

/** The agents' part: something happens soon after the order stands. */
function whenOrdered(cloud: Cloud, act: (id: string) => void): void {
  cloud.global.watch(undefined, {
    onRevision: ({ changes }) => {
      const put = changes.find(({ key }) => key === ORDER);
      if (put?.kind === 'put') cloud.time.after(300, () => act(databaseOrderRecord.decode(ORDER, put.entry.value).id));
    },
    onCancelled: () => {},
  });
}

function refuse(cloud: Cloud, id: string): void {
  const value = refusedOrderRecord.encode({ id, code: 'NoCandidate', detail: 'north-2: it is 3000 ms behind' });
  cloud.put(cloud.global, keys.databaseRefusedOrderKey('keystone'), value);
  cloud.delete(cloud.global, ORDER);
}

/** All of a switchover but its steps. */
function obey(cloud: Cloud): void {
  const key = { node: 'north-2', term: 5n, bootId: 'b', serverInvocation: 'i1' };
  cloud.delete(cloud.global, ORDER);
  cloud.put(cloud.global, keys.databasePrimaryKey('keystone'), primaryKeyRecord.encode(key));
  putState(cloud, {
    term: 5n,
    phase: 'steady',
    ballot: null,
    primary: 'north-2',
    promotions: [aPromotion('north-2', { term: 5n })],
  });
}

test('a switchover is ordered and followed until it is done', async (t) => {
  const cloud = healthyCloud();
  cloud.environment = { USER: 'root', SUDO_USER: 'ann' };
  const orders: string[] = [];
  whenOrdered(cloud, () => {
    orders.push(cloud.global.state.get(ORDER)?.value ?? '');
    obey(cloud);
  });
  const { code, out, err } = await cloud.run('database', 'switchover', '--to', 'north-2');
  t.is(code, 0, err);
  t.regex(out, /north-2 is open under term 5/);
  const order = databaseOrderRecord.decode(ORDER, orders[0] ?? '');
  t.like(order, { kind: 'switchover', to: 'north-2', term: 4n, by: 'ann@south-1', acceptLossMs: null });
});

test('a refusal of the primary is told, with its code', async (t) => {
  const cloud = healthyCloud();
  whenOrdered(cloud, (id) => refuse(cloud, id));
  const { code, err } = await cloud.run('database', 'switchover');
  t.is(code, 3);
  t.regex(err, /NoCandidate: north-2: it is 3000 ms behind/);
});

test('a switchover that was undone says so', async (t) => {
  const cloud = healthyCloud();
  whenOrdered(cloud, () => {
    cloud.delete(cloud.global, ORDER);
    putState(cloud, { term: 5n, unfinished: { term: 5n, outcome: 'undone' } });
  });
  const { code, err } = await cloud.run('database', 'switchover');
  t.is(code, 3);
  t.regex(err, /undone: north-3 remains the primary/);
});

test('a dry run orders nothing and says what would happen, or why not', async (t) => {
  const cloud = healthyCloud();
  const good = await cloud.run('database', 'switchover', '--dry-run');
  t.is(good.code, 0);
  t.regex(good.out, /north-3 would close itself and hand over to north-2 under term 5/);
  putMember(cloud, 'north-2', 'north', { quarantined: true });
  const hold = { scope: '*', owner: 'ann', reason: 'upgrade', expiresAtMs: Number.MAX_SAFE_INTEGER };
  cloud.put(cloud.global, keys.holdKey('database/keystone'), JSON.stringify({ format: 1, ...hold }));
  const bad = await cloud.run('database', 'switchover', '--dry-run', '--json');
  t.is(bad.code, 3);
  const { refusals }: { refusals: string[] } = JSON.parse(bad.out);
  t.true(refusals.some((each) => each.startsWith('NoCandidate: north-2: it is quarantined')));
  t.is(cloud.global.state.get(ORDER), undefined);
});

const usage = test.macro({
  exec: async (t, argv: readonly string[], said: RegExp) => {
    const { code, err } = await healthyCloud().run('database', ...argv);
    t.is(code, 2);
    t.regex(err, said);
  },
  title: (_, argv: readonly string[]) => `not a command: database ${argv.join(' ')}`,
});
test(usage, ['switchover', 'nova'], /no database nova; policies in force: keystone/);
test(usage, ['switchover', '--timeout', '0'], /whole seconds/);
test(usage, ['failover', '--accept-losses'], /accept-loss/);

test('a second order is refused while one stands, and names it', async (t) => {
  const cloud = healthyCloud();
  const standing = {
    kind: 'switchover',
    id: 'o-1',
    to: null,
    term: 4n,
    by: 'bob',
    atMs: 1,
    acceptLossMs: null,
  } as const;
  cloud.put(cloud.global, ORDER, databaseOrderRecord.encode(standing));
  const { code, err } = await cloud.run('database', 'switchover');
  t.is(code, 3);
  t.regex(err, /o-1 of bob stands/);
});

test('an order that nobody carries out in time is left to them', async (t) => {
  const cloud = healthyCloud();
  const { code, err } = await cloud.run('database', 'switchover', '--timeout', '3');
  t.is(code, 6);
  t.regex(err, /goes on without this command/);
  t.not(cloud.global.state.get(ORDER), undefined);
});

test('Ctrl-C leaves the order to finish and says so', async (t) => {
  const cloud = healthyCloud();
  whenOrdered(cloud, () => cloud.interrupt.abort());
  const { code, err } = await cloud.run('database', 'switchover');
  t.is(code, 6);
  t.regex(err, /goes on without this command/);
});

/** A ballot in which the acker, north-2, does not answer. */
function waitingCloud(): Cloud {
  const cloud = healthyCloud();
  cloud.accept(cloud.global, 'keystone', `${DATABASE}durability: lossless\n`);
  cloud.delete(cloud.global, keys.databasePrimaryKey('keystone'));
  const ballot = aBallot('poll', { formerPrimary: 'north-3', absentForMs: 2_000, cause: 'the lease ran out' });
  putState(cloud, { term: 5n, phase: 'ballot', ballot });
  const answer = anAnswer('south-2', 'poll', { writeProbeAgeMs: 4_300 });
  const key = keys.databaseMemberKey('keystone', 'south-2');
  const record = memberRecord.decode(key, cloud.global.state.get(key)?.value ?? '');
  cloud.put(cloud.global, key, memberRecord.encode({ ...record, answer }));
  return cloud;
}

test('a failover without --accept-loss shows what stands and what would be lost, and orders nothing', async (t) => {
  const cloud = waitingCloud();
  const { code, out, err } = await cloud.run('database', 'failover');
  t.is(code, 3);
  t.regex(out, /AckersMissing: no answer of north-2/);
  t.regex(out, /candidate: south-2; at most 4000 ms/);
  t.regex(err, /add --accept-loss/);
  t.is(cloud.global.state.get(ORDER), undefined);
});

test('a failover with --accept-loss is ordered for that ballot and that loss', async (t) => {
  const cloud = waitingCloud();
  const orders: string[] = [];
  whenOrdered(cloud, () => {
    orders.push(cloud.global.state.get(ORDER)?.value ?? '');
    obey(cloud);
  });
  const { code } = await cloud.run('database', 'failover', '--accept-loss');
  t.is(code, 0);
  t.like(databaseOrderRecord.decode(ORDER, orders[0] ?? ''), { kind: 'failover', term: 5n, acceptLossMs: 4_000 });
});

test('a failover of a healthy database points to the switchover', async (t) => {
  const { code, err } = await healthyCloud().run('database', 'failover', '--accept-loss');
  t.is(code, 3);
  t.regex(err, /no ballot is open: north-3 is the primary.*switchover/);
});
