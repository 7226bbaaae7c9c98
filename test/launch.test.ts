/**
 * Goal: a machine that cannot run a target is told why in one sentence, before anything is done, and a clone that belongs
 * to somebody else keeps its owner. Method: the launcher's pure checks on descriptions of machines, one difference a row.
 */

import { spawnSync } from 'node:child_process';
import test from 'ava';
import {
  diskFreeIn,
  distributionOf,
  environmentOf,
  installer,
  type Machine,
  memoryAvailableIn,
  onlyAsks,
  refusal,
} from './launch.mjs';

const good: Machine = {
  nodeMajor: 18,
  platform: 'linux',
  arch: 'x64',
  uid: 0,
  viaSudo: false,
  distribution: 'debian 12',
  hasImage: false,
  diskFreeBytes: 4e9,
  memoryAvailableBytes: 4e9,
};

const testRefusal = test.macro({
  exec(t, difference: Partial<Machine>, bed: boolean, words: RegExp | undefined) {
    const sentence = refusal({ ...good, ...difference }, { bed });
    if (words === undefined) t.is(sentence, undefined);
    else {
      t.regex(sentence ?? '', words);
      t.regex(sentence ?? '', /^[^\n]+\.$/, 'it is one sentence');
    }
  },
  title: (name) => name ?? '',
});

test('a fresh Debian 12 with root may boot the bed', testRefusal, {}, true, undefined);
test('arm64 will do as well', testRefusal, { arch: 'arm64' }, true, undefined);
test('an old Node.js is refused', testRefusal, { nodeMajor: 16 }, true, /18 or later.*16/);
test('another system is refused', testRefusal, { platform: 'darwin' }, false, /Linux.*darwin/);
test('another architecture is refused', testRefusal, { arch: 'ia32' }, false, /x64 or arm64.*ia32/);
test('another distribution is refused', testRefusal, { distribution: 'ubuntu 24.04' }, true, /Debian 12.*ubuntu 24.04/);
test('a user without root is refused', testRefusal, { uid: 1000 }, true, /Root.*sudo/);
test(
  'an npm that gave root up is named',
  testRefusal,
  { uid: 1000, viaSudo: true },
  true,
  /sudo node test\/launch\.mjs/,
);
test('too small a disk is refused', testRefusal, { diskFreeBytes: 3.9e9 }, true, /4\.0 GB.*\/var.*3\.9 GB/);
test('with the image there, less disk will do', testRefusal, { diskFreeBytes: 2e9, hasImage: true }, true, undefined);
test('too little memory is refused', testRefusal, { memoryAvailableBytes: 3.9e9 }, true, /4\.0 GB.*memory.*3\.9 GB/);
test(
  'without the bed, any Linux and any user will do',
  testRefusal,
  { uid: 1000, distribution: 'fedora 44', diskFreeBytes: 0, memoryAvailableBytes: 0 },
  false,
  undefined,
);

test('asking for help or a list takes neither root nor a bed', (t) => {
  t.true(onlyAsks(['--help']));
  t.true(onlyAsks(['--keep', '--list']));
  t.false(onlyAsks(['--only', 'healthy']));
});

test('facts are read from what the system prints', (t) => {
  t.is(distributionOf('PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nID=debian\n'), 'debian 12');
  t.is(distributionOf(''), '');
  t.is(memoryAvailableIn('MemTotal: 8 kB\nMemAvailable:    4000 kB\n'), 4_096_000);
  t.is(diskFreeIn('Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 40 60 40% /\n'), 61_440);
});

test("root installs packages as the clone's owner, and as root only in its own clone", (t) => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\nada:x:1000:1001:Ada:/home/ada:/bin/bash\n';
  t.deepEqual(installer(0, { uid: 1000, gid: 1001 }, passwd), { uid: 1000, gid: 1001, home: '/home/ada', name: 'ada' });
  t.is(installer(0, { uid: 0, gid: 0 }, passwd), undefined);
  t.is(installer(1000, { uid: 1000, gid: 1001 }, passwd), undefined);
});

test("another user's environment does not point into root's home", (t) => {
  const ada = { uid: 1000, gid: 1000, home: '/', name: 'ada' };
  const env = { HOME: '/root', npm_config_cache: '/root/.npm', npm_config_userconfig: '/root/.npmrc', PATH: '/bin' };
  t.deepEqual(environmentOf(ada, env), { PATH: '/bin', HOME: '/', USER: 'ada', LOGNAME: 'ada' });
  t.is(environmentOf(undefined, env), env);
});

test('without a known target it names those that exist and ends with 2', (t) => {
  const outcome = spawnSync(process.execPath, [`${import.meta.dirname}/launch.mjs`], { encoding: 'utf8' });
  t.is(outcome.status, 2);
  t.regex(outcome.stderr, /npm run demo/);
});
