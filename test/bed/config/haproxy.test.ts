/**
 * The proxies' configuration in the healthy state: who may serve whom.
 */

import test from 'ava';
import { haproxyConfiguration } from './haproxy.ts';

/** Names of a backend's servers, those that are disabled with a minus sign. */
function servers(configuration: string, backend: string): string[] {
  const section = configuration.split(`\nbackend ${backend}\n`)[1]?.split('\nbackend ')[0] ?? '';
  return [...section.matchAll(/^ +server (\S+) .*?(disabled)?$/gm)].map(([, name, off]) =>
    off ? `-${name}` : `${name}`,
  );
}

const keystone = test.macro({
  exec: (t, region: 'north' | 'south') =>
    t.deepEqual(servers(haproxyConfiguration(region), 'keystone'), ['north-1', 'north-2', '-south-1', '-south-2']),
  title: (_, region) => `${region}'s identity goes to the home region's controllers`,
});
test(keystone, 'north');
test(keystone, 'south');

const database = test.macro({
  exec: (t, region: 'north' | 'south', expected: string[]) =>
    t.deepEqual(servers(haproxyConfiguration(region), 'database'), expected),
  title: (_, region) => `${region}'s database path has the primary, or the local replicas where it is far away`,
});
test(database, 'north', ['-north-2', 'north-3', '-south-2', '-south-3']);
test(database, 'south', ['-north-2', '-north-3', 'south-2', 'south-3']);
