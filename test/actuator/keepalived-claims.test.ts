import test from 'ava';
import { conflictingClaim, readClaims } from '../../src/actuator/keepalived-claims.ts';

const text = `
global_defs { router_id x }
# vrrp_instance hidden { virtual_router_id 9 }
vrrp_instance VI_1 {
    interface "eth0" ! the outer one
    virtual_router_id 51
    unicast_peer { 192.0.2.99 }
    virtual_ipaddress {
        192.0.2.10/24 dev eth0 label eth0:vip
        192.0.2.20
    }
    virtual_ipaddress_excluded { 2001:DB8:0::5/64 }
}
vrrp_instance VI_2 { interface eth1
  virtual_router_id 51
  virtual_ipaddress { 198.51.100.10 } }
`;
const claims = readClaims([{ path: '/c', text }]);

test('instances are found with interface, router id and addresses, and comments are not read', (t) => {
  t.deepEqual(
    claims.map((claim) => [claim.instance, claim.interface, claim.virtualRouterId, claim.addresses.length]),
    [
      ['VI_1', 'eth0', 51, 3],
      ['VI_2', 'eth1', 51, 1],
    ],
  );
});

const found = test.macro({
  exec: (t, address: string, device: string, virtualRouterId: number, expected: string | undefined) =>
    t.is(conflictingClaim(claims, { address, interface: device, virtualRouterId })?.instance, expected),
  title: (_, address, device, id, expected) => `${address} with id ${id} on ${device} meets ${expected ?? 'nobody'}`,
});
test(found, '192.0.2.10/32', 'eth9', 7, 'VI_1');
test(found, '192.0.2.20/24', 'eth9', 7, 'VI_1');
test(found, '2001:db8::5/64', 'eth9', 7, 'VI_1');
test(found, '192.0.2.30/24', 'eth0', 51, 'VI_1');
test(found, '192.0.2.30/24', 'eth1', 51, 'VI_2');
test(found, '192.0.2.30/24', 'eth2', 51, undefined);
test(found, '192.0.2.99/24', 'eth0', 9, undefined);

test('half a file is read as far as it goes', (t) => {
  t.is(
    readClaims([{ path: '/c', text: 'vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 192.0.2.10' }]).length,
    1,
  );
  t.deepEqual(readClaims([{ path: '/c', text: 'vrrp_instance' }])[0]?.addresses, []);
});
