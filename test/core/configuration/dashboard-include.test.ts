/**
 * Goal: Horizon is pointed at a Keystone by a file of regent's own, and only if it has to be. Method: settings as they
 * are found, with and without an include; that Python does what the include says is asked of Python elsewhere.
 */
import test from 'ava';
import { INCLUDE_MARK, judgeDashboard, renderInclude } from '../../../src/core/configuration/dashboard-include.ts';
import { type KeystoneBase, parseKeystoneBase } from '../../../src/core/configuration/keystone-url.ts';

function base(text: string): KeystoneBase {
  const parsed = parseKeystoneBase(text);
  if (parsed === undefined) throw new Error(`no base: ${text}`);
  return parsed;
}

const [HOME, OWN] = [base('http://192.0.2.10:5000'), base('http://198.51.100.10:5000')];
const AWAY = { from: [HOME, OWN], to: OWN };
const SETTINGS = 'OPENSTACK_HOST = "192.0.2.10"\nOPENSTACK_KEYSTONE_URL = "http://%s:5000/v3" % OPENSTACK_HOST\n';

test('settings that name another declared Keystone get an include', (t) => {
  t.deepEqual(judgeDashboard(SETTINGS, undefined, AWAY), { include: renderInclude(AWAY), leftover: undefined });
  t.is(judgeDashboard(SETTINGS, '\n', AWAY).include, renderInclude(AWAY));
});

test('settings that name the wanted one get none', (t) => {
  t.deepEqual(judgeDashboard(SETTINGS, undefined, { ...AWAY, to: HOME }), { include: undefined, leftover: undefined });
});

test('an include that is there follows the wanted Keystone, and stays when it says so', (t) => {
  t.is(judgeDashboard(SETTINGS, renderInclude(AWAY), AWAY).include, undefined);
  const back = { ...AWAY, to: HOME };
  t.is(judgeDashboard(SETTINGS, renderInclude(AWAY), back).include, renderInclude(back));
});

test('a comment does not count, a longer name neither', (t) => {
  const settings = '# OPENSTACK_HOST = "192.0.2.10"\nOTHER = "192.0.2.100"\nHOST = "198.51.100.10"\n';
  t.deepEqual(judgeDashboard(settings, undefined, AWAY), { include: undefined, leftover: undefined });
});

test('two Keystones on one host are told apart by the whole URL', (t) => {
  const admin = base('http://198.51.100.10:35357');
  const settings = 'OPENSTACK_KEYSTONE_URL = "http://198.51.100.10:35357/v3"\n';
  t.not(judgeDashboard(settings, undefined, { from: [admin, OWN], to: OWN }).include, undefined);
});

test('settings of somebody else are never overwritten', (t) => {
  const judged = judgeDashboard(SETTINGS, 'DEBUG = True\n', AWAY);
  t.is(judged.include, undefined);
  t.not(judged.leftover, undefined);
});

test('settings without any declared Keystone are told', (t) => {
  t.not(judgeDashboard('OPENSTACK_HOST = "127.0.0.1"\n', undefined, AWAY).leftover, undefined);
});

test('the include says whose it is', (t) => {
  t.true(renderInclude(AWAY).startsWith(INCLUDE_MARK));
});
