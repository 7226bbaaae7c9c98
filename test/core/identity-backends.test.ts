/** What a choice of Keystones comes to for each backend: interfaces, Horizon, a layer in front, and who stands by. */
import test from 'ava';
import { backendsOf } from '../../src/core/identity-backends.ts';
import type { ProxyRoute } from '../../src/core/policy.ts';
import { identity } from './a-region.ts';

const [north, south] = [identity.keystones.north?.nodes ?? [], identity.keystones.south?.nodes ?? []];
const west = { url: 'http://203.0.113.10:5000/v3', nodes: ['west-1'] };

const policy: ProxyRoute = {
  ...(identity as ProxyRoute),
  keystones: { ...identity.keystones, west },
  otherBackends: ['keystone-admin', 'horizon-keystone'],
  frontBackends: ['identity-front'],
  backups: ['south', 'west', 'north'],
};

test('with one backend and nobody to stand by there is nothing more', (t) => {
  const plain = { ...policy, otherBackends: [], frontBackends: [], backups: [] };
  t.deepEqual(backendsOf(plain, 'north', north), { backend: 'keystone', backups: [], further: [] });
});

test('the backends of other interfaces get the same servers, a layer in front the region', (t) => {
  const backups = [...south, 'west-1'];
  t.deepEqual(backendsOf(policy, 'north', north), {
    backend: 'keystone',
    backups,
    further: [
      { backend: 'keystone-admin', ready: north, backups },
      { backend: 'horizon-keystone', ready: north, backups },
      { backend: 'identity-front', ready: ['north'], backups: ['south', 'west'] },
    ],
  });
});

test('isolated, the own Keystones are used and the others stand by in their order', (t) => {
  const { backups, further } = backendsOf(policy, 'south', ['south-1']);
  t.deepEqual(backups, ['west-1', ...north]);
  t.deepEqual(further.at(-1), { backend: 'identity-front', ready: ['south'], backups: ['west', 'north'] });
});
