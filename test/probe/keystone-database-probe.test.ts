/** What is read from a keystone.conf, and what never leaves it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { keystoneDatabaseProbe } from '../../src/probe/keystone-database-probe.ts';

const URL_OF_IT = 'mysql+pymysql://keystone:s3cret@vip.example:3307/keystone?charset=utf8';

async function look(t: ExecutionContext, text: string | undefined) {
  const directory = await mkdtemp(join(tmpdir(), 'regent-keystone-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'keystone.conf');
  if (text !== undefined) await writeFile(path, text);
  const resolve = async (host: string) => {
    if (host === 'nowhere') throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    return host === 'vip.example' ? ['192.0.2.9', '192.0.2.10'] : [host];
  };
  const seen = await keystoneDatabaseProbe({ path, everyMs: 1_000, resolve }).observe(t.context as AbortSignal);
  t.false(JSON.stringify(seen).includes('s3cret'));
  return seen;
}

const reads = test.macro(async (t, text: string, host: string, port: number, addresses: string) => {
  const seen = await look(t, text);
  t.is(seen.health, 'ok', seen.detail);
  t.deepEqual(seen.facts, { host, port, addresses });
});

const plain = `[database]\nconnection = ${URL_OF_IT}\n`;
test('host, port and addresses', reads, plain, 'vip.example', 3307, '192.0.2.10 192.0.2.9');
test('the usual port', reads, '[database]\nconnection=mysql://k:s3cret@192.0.2.1/k', '192.0.2.1', 3306, '192.0.2.1');
test('IPv6', reads, '[database]\nconnection: mysql://k:s3cret@[::1]:1/k', '::1', 1, '::1');
test('the last one counts', reads, `${plain}connection = mysql://k@192.0.2.1/k`, '192.0.2.1', 3306, '192.0.2.1');
test(
  'other sections, comments and other options do not',
  reads,
  `${plain}#connection = mysql://a/k\nslave_connection = mysql://b/k\n[cache]\nconnection = mysql://c/k`,
  'vip.example',
  3307,
  '192.0.2.10 192.0.2.9',
);

const cannot = test.macro(async (t, text: string | undefined, why: RegExp) => {
  const { health, detail, facts } = await look(t, text);
  t.is(health, 'unknown');
  t.regex(detail, why);
  t.deepEqual(facts, {});
});

test('a file that is not there', cannot, undefined, /ENOENT\): set api\.configuration/);
test('no connection', cannot, '[database]\n', /has no \[database\] connection/);
test('no URL', cannot, '[database]\nconnection = s3cret', /not a URL/);
test('no host', cannot, '[database]\nconnection = sqlite:////var/s3cret.sqlite', /names no host/);
test('a name without an address', cannot, '[database]\nconnection = mysql://k:s3cret@nowhere/k', /ENOTFOUND/);
