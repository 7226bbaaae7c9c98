import test from 'ava';
import type { WantedAddress } from '../../src/actuator/actuator.ts';
import { renderFragment } from '../../src/actuator/keepalived-fragment.ts';
import { wantedOf } from '../contract/address-world.ts';

const TRACK = '/run/regent/track/vip';

test('the same wish gives the same text, and a veto is not in it', (t) => {
  const fit = renderFragment(wantedOf('h1'), TRACK);
  t.deepEqual(renderFragment(wantedOf('h1', { unfit: true }), TRACK), fit);
  t.regex(
    fit.ok ? fit.text : '',
    /advert_int 0\.1\n[\s\S]*unicast_src_ip 192\.0\.2\.11\n[\s\S]*192\.0\.2\.10\/24 dev host0\n/,
  );
});

const refused = test.macro({
  exec: (t, change: Partial<WantedAddress>) => t.false(renderFragment(wantedOf('h1', change), TRACK).ok),
  title: (_, change) => `a fragment is not written with ${JSON.stringify(change)}`,
});
test(refused, { name: 'vip {' });
test(refused, { name: '../vip' });
test(refused, { name: '' });
test(refused, { interface: 'host0\nnotify /bin/sh' });
test(refused, { interface: 'a-name-that-is-too-long' });
test(refused, { address: '192.0.2.10' });
test(refused, { address: '192.0.2.10/24 dev lo' });
test(refused, { unicastSource: '192.0.2.11 }' });
test(refused, { unicastSource: '2001:db8::1' });
test(refused, { unicastPeers: [] });
test(refused, { unicastPeers: ['192.0.2.12', '192.0.2.11'] });
test(refused, { unicastPeers: ['!192.0.2.12'] });
test(refused, { virtualRouterId: 0 });
test(refused, { virtualRouterId: 256 });
test(refused, { virtualRouterId: 1.5 });
test(refused, { priority: 255 });
test(refused, { priority: 0 });
test(refused, { advertIntervalMs: 5 });
test(refused, { advertIntervalMs: 105 });
test(refused, { advertIntervalMs: Number.NaN });

test('a track file with an odd path is not written down', (t) => {
  t.false(renderFragment(wantedOf('h1'), '/run/"x').ok);
});
