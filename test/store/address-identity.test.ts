import test from 'ava';
import { addressOf, checkIdentityByAddress } from '../../src/store/address-identity.ts';

for (const [endpoint, address] of [
  ['192.0.2.11:2379', '192.0.2.11'],
  ['[2001:db8::1]:2379', '2001:db8::1'],
  ['north-1.example:2379', undefined],
] as const) {
  test(`the address of ${endpoint} is ${address ?? 'a name'}`, (t) => {
    t.is(addressOf(endpoint), address);
  });
}

test('a client of another shape is refused, never used without a check', (t) => {
  t.throws(() => checkIdentityByAddress({ pool: { hosts: [] } }, '192.0.2.11'), { message: /cannot be relied on/ });
});
