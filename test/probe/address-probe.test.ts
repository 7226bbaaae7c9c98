import { networkInterfaces } from 'node:os';
import test from 'ava';
import { addressProbe } from '../../src/probe/address-probe.ts';
import { look } from './look.ts';

const owner = test.macro(async (t, address: string, addresses: readonly string[], expected: boolean) => {
  const probe = addressProbe({ policy: 'north', address, everyMs: 500, addresses: () => addresses });
  const { health, facts } = await look(probe);
  t.deepEqual([probe.name, health, facts], ['vip-north', 'ok', { owner: expected, vrrp: null }]);
});

test('a node that has the address owns it', owner, '192.0.2.10', ['192.0.2.11', '192.0.2.10'], true);
test('a prefix length does not matter', owner, '192.0.2.10/24', ['192.0.2.10'], true);
test('a node that has only its neighbours does not own it', owner, '192.0.2.10/24', ['192.0.2.11', '192.0.2.1'], false);
test('a node without addresses does not own it', owner, '192.0.2.10', [], false);
test('IPv6 addresses are compared by value', owner, '2001:DB8:0::10/64', ['2001:db8::10'], true);
test('an IPv6 address is not an IPv4 address of the same value', owner, '::1', ['0.0.0.1'], false);
test('what is no address is not owned', owner, '192.0.2.10', ['', 'fe80::1%host0'], false);

test("the machine's own interfaces are looked at", async (t) => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])[0]?.address;
  if (own === undefined) return t.fail('this machine has no address at all');
  t.is((await look(addressProbe({ policy: 'x', address: own, everyMs: 500 }))).facts.owner, true);
  t.is((await look(addressProbe({ policy: 'x', address: '203.0.113.254', everyMs: 500 }))).facts.owner, false);
});

test('what keepalived said stands beside it and does not decide', async (t) => {
  const options = { policy: 'x', address: '192.0.2.10', everyMs: 500, addresses: () => [] };
  const { facts } = await look(addressProbe({ ...options, vrrp: () => 'primary' }));
  t.deepEqual(facts, { owner: false, vrrp: 'primary' });
});

test('an address that is none, and interfaces that cannot be read, tell nothing', async (t) => {
  t.is((await look(addressProbe({ policy: 'x', address: 'vip', everyMs: 500 }))).health, 'unknown');
  const addresses = (): never => {
    throw new Error('no');
  };
  const seen = await look(addressProbe({ policy: 'x', address: '192.0.2.10', everyMs: 500, addresses }));
  t.deepEqual([seen.health, seen.facts], ['unknown', {}]);
});
