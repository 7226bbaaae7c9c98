/** Which Keystone's way to the database is not moved by a failover. */
import test from 'ava';
import { routeBypasses } from '../../src/core/database-route-bypass.ts';
import type { Facts } from '../../src/core/observation.ts';
import { database, saw } from './a-region.ts';

const [member] = database.members;
const { node: own = '', address = '', port = 0 } = member ?? {};

const goes = test.macro((t, node: string, facts: Facts, proxies: readonly string[], to: string | undefined) => {
  const found = routeBypasses([saw(node, 'keystone-database', 'ok', 0, facts)], [database], new Set(proxies));
  t.is(found[0]?.message.match(/server of (\S+) itself/)?.[1], to);
});

test('a virtual address is the route', goes, own, { host: 'vip', port, addresses: '192.0.2.99' }, [], undefined);
test("a member's own address is none", goes, 'api-1', { host: address, port, addresses: address }, [], own);
test('nor is a name for it', goes, 'api-1', { host: 'db', port, addresses: `192.0.2.99 ${address}` }, [], own);
test('another port of it may be a proxy', goes, own, { host: address, port: 1, addresses: address }, [], undefined);
test('loopback on a member is its own server', goes, own, { host: 'localhost', port, addresses: '127.0.0.1' }, [], own);
test('unless a proxy runs there', goes, own, { host: 'localhost', port, addresses: '::1' }, [own], undefined);
test('elsewhere it is something else', goes, 'api-1', { host: '::1', port, addresses: '::1' }, [], undefined);

test('it says what is wrong, and what to write', (t) => {
  const facts = { host: 'db', port, addresses: address };
  const [found] = routeBypasses([saw('api-1', 'keystone-database', 'ok', 0, facts)], [database], new Set());
  t.is(found?.node, 'api-1');
  t.true(found?.message.startsWith(`DatabaseRouteBypassed: api-1's Keystone is connected to db:${port}`));
  t.true(found?.remedy.includes(database.route.backend));
});

test('what could not be read, and what other probes say, is no diagnosis', (t) => {
  const facts = { host: address, port, addresses: address };
  const said = [saw('api-1', 'keystone-database', 'unknown', 0, facts), saw('api-2', 'mariadb', 'ok', 0, facts)];
  t.deepEqual(routeBypasses(said, [database], new Set()), []);
});
