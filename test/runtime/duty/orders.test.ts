/** Orders in the hands of the duties: closed before the key is given away, all in one transaction, and obeyed once. */
import test from 'ava';
import type { DatabaseOrder } from '../../../src/core/database/order.ts';
import { ArbiterDuty } from '../../../src/runtime/duty/arbiter-duty.ts';
import { databaseOrderRecord, memberRecord, refusedOrderRecord } from '../../../src/store/database-records.ts';
import { arbiterKey, databaseMemberKey, databaseOrderKey, databaseRefusedOrderKey } from '../../../src/store/keys.ts';
import { database, inForce } from '../../core/a-region.ts';
import { aMember, DATABASE, NODE, PRIMARY_KEY, putMember, putState, stateIn, steady } from './a-database.ts';
import { aMemberDuty, aPrimary } from './a-member.ts';
import { ALeadership, type AStore, AView, never, Told } from './a-store.ts';

const ORDER = databaseOrderKey(DATABASE);
const REFUSED = databaseRefusedOrderKey(DATABASE);
const CLOSE = 'close within 300';

function order(stored: AStore, difference: Partial<DatabaseOrder> = {}): void {
  const wanted = {
    kind: 'switchover',
    id: 'o-1',
    to: 'north-2',
    term: 7n,
    by: 'ann',
    atMs: 1,
    acceptLossMs: null,
  } as const;
  stored.put(ORDER, databaseOrderRecord.encode({ ...wanted, ...difference }));
}

/** The candidate has answered the order and is well. */
function answered(stored: AStore): void {
  const answer = {
    term: 7n,
    step: 'poll',
    order: 'o-1',
    ok: true,
    excluded: null,
    serverId: 102,
    receivedPos: '0-103-9',
    appliedPos: '0-103-9',
    binlogPos: '0-103-9',
    binlogState: '0-103-9',
    followedTerm: null,
    writeProbeAgeMs: 100,
    arrivalLagMs: 5,
  } as const;
  putMember(stored, aMember('north-2', { answer }));
}

async function ordered() {
  const primary = await aPrimary();
  answered(primary.stored);
  order(primary.stored);
  return primary;
}

test('the primary closes, then state, key and order change in one revision', async (t) => {
  const { duty, stored, server, told } = await ordered();
  server.facts = { ...server.facts, binlogPos: '0-103-12' };
  const before = stored.revision;
  t.is(await duty.tick(never), undefined, 'what it has to do next comes with the end of the switchover');
  t.is(server.calls[0], CLOSE);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.is(stored.entry(ORDER), undefined);
  t.like(stateIn(stored), { term: 8n, phase: 'ballot', primary: NODE });
  t.like(stateIn(stored).ballot, { step: 'drain', candidate: 'north-2', catchUp: { node: NODE, until: '0-103-12' } });
  t.is(stored.entry(databaseMemberKey(DATABASE, NODE)) === undefined, false);
  t.is(stored.revision, before + 1n, 'clients wait: nothing else is written');
  t.deepEqual(told.names, ['database:primary:demoted', 'database:switchover:started']);
});

test('a server that had to be killed gives no key away', async (t) => {
  const { duty, stored, server, told } = await ordered();
  server.closes = 'no';
  await duty.tick(never);
  t.deepEqual(server.calls, [CLOSE, 'kill']);
  t.is(stateIn(stored).phase, 'steady');
  t.not(stored.entry(ORDER), undefined);
  t.false(told.names.includes('database:switchover:started'));
});

test('a server that is not read back as closed gives no key away', async (t) => {
  const { duty, stored, server } = await ordered();
  server.close = async () => true;
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'steady');
  t.not(stored.entry(PRIMARY_KEY), undefined);
});

test('an order that was withdrawn meanwhile is not carried out, and the server opens again', async (t) => {
  const { duty, stored, server, view } = await ordered();
  view.freeze();
  stored.delete(ORDER);
  await duty.tick(never);
  t.is(stateIn(stored).phase, 'steady');
  t.not(stored.entry(PRIMARY_KEY), undefined);
  view.thaw();
  await duty.tick(never);
  t.is(server.calls.at(-1), 'open');
});

test('an operator’s hold refuses it: the order goes, the reason stays, nothing is closed', async (t) => {
  const { duty, stored, server, world, told } = await ordered();
  world.holds.push({ scope: `database/${DATABASE}`, owner: 'bob', reason: 'backup', expiresAtMs: 9e15 });
  await duty.tick(never);
  t.deepEqual(server.calls, []);
  t.is(stored.entry(ORDER), undefined);
  const refused = refusedOrderRecord.decode(REFUSED, stored.entry(REFUSED)?.value ?? '');
  t.like(refused, { id: 'o-1', code: 'OnHold' });
  t.deepEqual(told.names, ['database:switchover:refused']);
});

test('a replica answers the order in its record', async (t) => {
  const { duty, stored, server } = aMemberDuty();
  putState(stored, { ...steady, primary: 'north-2' });
  order(stored, { to: NODE });
  server.facts = { ...server.facts, readOnly: true };
  await duty.tick(never);
  const key = databaseMemberKey(DATABASE, NODE);
  t.like(memberRecord.decode(key, stored.entry(key)?.value ?? '').answer, { order: 'o-1', step: 'poll', term: 7n });
});

function anArbiter(stored: AStore) {
  const told = new Told();
  const leadership = new ALeadership(stored, arbiterKey());
  const duty = new ArbiterDuty({
    database: DATABASE,
    policy: () => inForce(database, 5n),
    holds: () => [],
    view: new AView(stored),
    store: stored.store,
    leadership,
    record: told.record,
    clock: stored.time,
    wallMs: stored.time.wallMs,
  });
  return { told, leadership, duty };
}

test('the arbiter removes an order for another term and says why', async (t) => {
  const { stored } = await aPrimary();
  const { duty, told } = anArbiter(stored);
  order(stored, { term: 6n });
  await duty.tick(never);
  t.is(stored.entry(ORDER), undefined);
  t.like(refusedOrderRecord.decode(REFUSED, stored.entry(REFUSED)?.value ?? ''), { id: 'o-1', code: 'StaleEpoch' });
  t.deepEqual(told.names, ['database:switchover:refused']);
});

test('whoever is not the arbiter any more removes nothing', async (t) => {
  const { stored } = await aPrimary();
  const { duty, leadership, told } = anArbiter(stored);
  order(stored, { term: 6n });
  leadership.depose();
  await duty.tick(never);
  t.not(stored.entry(ORDER), undefined);
  t.deepEqual(told.names, []);
});

test('an order that cannot be read is told, obeyed by nobody and in nobody’s way', async (t) => {
  const { stored, duty: member, server } = await aPrimary();
  const { duty, told } = anArbiter(stored);
  stored.put(ORDER, '{"format":9}');
  await duty.tick(never);
  await member.tick(never);
  t.deepEqual(told.names, ['database:switchover:refused']);
  t.not(stored.entry(ORDER), undefined);
  t.deepEqual(server.calls, []);
});
