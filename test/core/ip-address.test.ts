import test from 'ava';
import { isWithin, parseIp, parseNetwork } from '../../src/core/ip-address.ts';

const read = test.macro({
  exec: (t, text: string, bits: 32 | 128, value: bigint) => t.deepEqual(parseIp(text), { bits, value }),
  title: (_, text) => `${text} is read`,
});
test(read, '192.0.2.10', 32, 0xc000020an);
test(read, '0.0.0.0', 32, 0n);
test(read, '255.255.255.255', 32, 0xffffffffn);
test(read, '::', 128, 0n);
test(read, '::1', 128, 1n);
test(read, '2001:db8::', 128, 0x20010db8n << 96n);
test(read, '2001:DB8:0:0:0:0:0:a', 128, (0x20010db8n << 96n) | 10n);

for (const text of [
  '',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.01',
  '192.0.2.1.1',
  ' 192.0.2.1',
  ':::',
  '1::2::3',
  '1:2:3',
  '1:2:3:4:5:6:7:8::',
  'fe80::1%eth0',
  'g::',
])
  test(`${JSON.stringify(text)} is no address`, (t) => {
    t.is(parseIp(text), undefined);
  });

for (const text of ['192.0.2.0/33', '192.0.2.0/', '192.0.2.0/-1', '192.0.2.0/08', '::/129', '192.0.2.0/24/24'])
  test(`${JSON.stringify(text)} is no network`, (t) => {
    t.is(parseNetwork(text), undefined);
  });

const within = test.macro({
  exec: (t, address: string, network: string, expected: boolean) => {
    const [inner, outer] = [parseIp(address), parseNetwork(network)];
    if (inner === undefined || outer === undefined) throw new Error('the row is wrong');
    t.is(isWithin(inner, outer), expected);
  },
  title: (_, address, network, expected) => `${address} is ${expected ? '' : 'not '}in ${network}`,
});
test(within, '192.0.2.10', '192.0.2.10', true);
test(within, '192.0.2.11', '192.0.2.10', false);
test(within, '192.0.2.255', '192.0.2.0/24', true);
test(within, '192.0.3.0', '192.0.2.7/24', false);
test(within, '203.0.113.1', '0.0.0.0/0', true);
test(within, '::1', '0.0.0.0/0', false);
test(within, '2001:db8::5', '2001:db8::/32', true);
