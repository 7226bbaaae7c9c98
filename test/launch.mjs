/**
 * The one way in: `npm run demo|test|bed|bench|simulate` start here, with whatever Node.js the machine has. It checks the
 * machine, installs the packages when the lock file has changed, and hands over to the pinned Node.js by path. Plain
 * JavaScript without dependencies, because nothing is installed yet when it runs. A check that fails is one sentence and
 * exit code 2, before anything was done. In somebody else's clone (`sudo`) it leaves no file that is not the owner's.
 */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const STAMP = path.join(ROOT, 'node_modules', '.installed-lock');

/** A machine that builds the image needs more room than one that has it. */
const DISK_MIN_BYTES = { withoutImage: 4e9, withImage: 2e9 };
/** Seven hosts with their daemons take a little less. */
const MEMORY_MIN_BYTES = 4e9;
const ARCHITECTURES = ['x64', 'arm64'];
const NODE_MAJOR_MIN = 18;
const NPM_CI = 'ci --ignore-scripts --include=optional --include=dev --no-audit --no-fund --loglevel=error';

/** A schedule leaves nothing behind: a young generation that holds several of them is hardly ever copied. */
export const SIMULATION_FLAGS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

/** What can be started; `bed` marks those that boot hosts. */
export const targets = {
  demo: { entry: 'test/demo/main.ts', bed: true, what: 'builds a cloud of two regions, breaks it, and measures' },
  test: { entry: 'test/run.ts', bed: true, what: 'runs every test, the demo included' },
  bed: { entry: 'test/bed/main.ts', bed: true, what: 'boots and breaks the hosts by hand' },
  bench: { entry: 'test/bench/main.ts', bed: true, what: 'repeats faults and prints how long they took' },
  simulate: { entry: 'test/simulation/main.ts', bed: false, what: 'runs the seeded simulation; needs no root' },
};

/**
 * Why this machine cannot run the target, or undefined when it can.
 *
 * @param machine what `inspectMachine` found
 * @param options `bed`: hosts are to be booted
 */
export function refusal(machine, options) {
  if (machine.nodeMajor < NODE_MAJOR_MIN) {
    return `Node.js ${NODE_MAJOR_MIN} or later is needed to start; this is ${machine.nodeMajor}.`;
  }
  if (machine.platform !== 'linux' || !ARCHITECTURES.includes(machine.arch)) {
    return `Linux on ${ARCHITECTURES.join(' or ')} is needed; this is ${machine.platform} on ${machine.arch}.`;
  }
  if (!options.bed) return undefined;
  if (machine.distribution !== 'debian 12') {
    return `Debian 12 is needed to boot the bed's hosts; this is ${machine.distribution || 'an unknown system'}.`;
  }
  if (machine.uid !== 0) {
    const remedy = machine.viaSudo
      ? `this npm gave root up; use: sudo node test/launch.mjs`
      : 'use sudo, or become root';
    return `Root is needed to boot the bed's hosts; ${remedy}.`;
  }
  const diskMin = machine.hasImage ? DISK_MIN_BYTES.withImage : DISK_MIN_BYTES.withoutImage;
  if (machine.diskFreeBytes < diskMin) {
    return `${gigabytes(diskMin)} of free disk are needed in /var; there are ${gigabytes(machine.diskFreeBytes)}.`;
  }
  if (machine.memoryAvailableBytes < MEMORY_MIN_BYTES) {
    return `${gigabytes(MEMORY_MIN_BYTES)} of available memory are needed; there are ${gigabytes(machine.memoryAvailableBytes)}.`;
  }
  return undefined;
}

/** Whether the arguments only ask for words, which takes neither root nor a bed. */
export function onlyAsks(args) {
  return args.some((each) => each === '--help' || each === '-h' || each === '--list');
}

/** `debian 12` from the text of /etc/os-release; empty when it names nothing. */
export function distributionOf(osRelease) {
  const value = (key) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return `${value('ID')} ${value('VERSION_ID')}`.trim();
}

/** Bytes of MemAvailable from the text of /proc/meminfo. */
export function memoryAvailableIn(meminfo) {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024;
}

/** Free bytes from the output of `df -Pk DIRECTORY`. */
export function diskFreeIn(df) {
  return Number(df.trim().split('\n').at(-1)?.trim().split(/\s+/)[3] ?? 0) * 1024;
}

/**
 * As whom packages are installed: the clone's owner when root works in it, otherwise whoever runs.
 *
 * @returns user id, group id and home of another user; undefined when no change of user is needed
 */
export function installer(uid, clone, passwd) {
  if (uid !== 0 || clone.uid === 0) return undefined;
  const entry = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[2] === String(clone.uid));
  return { uid: clone.uid, gid: clone.gid, home: entry?.[5], name: entry?.[0] };
}

/** The environment for that user: nothing that points into root's home. */
export function environmentOf(user, env) {
  if (user === undefined) return env;
  const rootsOwn = /^npm_config_(cache|userconfig|globalconfig|prefix|local_prefix|init_module)$/i;
  const kept = Object.fromEntries(Object.entries(env).filter(([key]) => !rootsOwn.test(key)));
  const home = user.home && fs.existsSync(user.home) ? user.home : undefined;
  const cache = home === undefined ? { npm_config_cache: path.join(os.tmpdir(), `regent-npm-${user.uid}`) } : {};
  return { ...kept, ...cache, HOME: home ?? os.tmpdir(), USER: user.name ?? '', LOGNAME: user.name ?? '' };
}

function inspectMachine() {
  return {
    nodeMajor: Number(process.versions.node.split('.')[0]),
    platform: process.platform,
    arch: process.arch,
    uid: process.getuid?.() ?? -1,
    viaSudo: process.env.SUDO_UID !== undefined,
    distribution: distributionOf(textOf('/etc/os-release')),
    hasImage: /^image-/m.test(spawnSync('ls', ['-1', '/var/cache/regent'], { encoding: 'utf8' }).stdout),
    diskFreeBytes: diskFreeIn(spawnSync('df', ['-Pk', '/var'], { encoding: 'utf8' }).stdout ?? ''),
    memoryAvailableBytes: memoryAvailableIn(textOf('/proc/meminfo')),
  };
}

/** Runs `npm ci` when the lock file is another one than last time. @returns why it failed, or undefined */
async function ensurePackages() {
  const hash = createHash('sha256')
    .update(fs.readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (textOf(STAMP).trim() === hash) return undefined;
  const user = installer(process.getuid?.(), fs.statSync(ROOT), textOf('/etc/passwd'));
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const argv = [...npm, ...NPM_CI.split(' ')];
  const startedAtMs = Date.now();
  console.log('packages: installing (npm ci)');
  const heartbeat = setInterval(() => console.log(`packages: still at it, ${seconds(startedAtMs)}`), 10_000);
  const child = spawn(argv[0], argv.slice(1), {
    cwd: ROOT,
    env: environmentOf(user, process.env),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(0, 2_000);
  });
  const outcome = await finished(child);
  clearInterval(heartbeat);
  if (outcome !== 0) return `The packages could not be installed: npm ci ended with ${outcome}.\n${said}`.trimEnd();
  fs.writeFileSync(STAMP, `${hash}\n`);
  if (user !== undefined) fs.chownSync(STAMP, user.uid, user.gid);
  console.log(`packages: installed in ${seconds(startedAtMs)}`);
  return undefined;
}

/** @returns the path of the pinned Node.js, or why it cannot run. */
function pinnedNode() {
  const name = `node-linux-${process.arch}`;
  const file = path.join(ROOT, 'node_modules', name, 'bin', 'node');
  if (!fs.existsSync(file)) {
    const remedy = 'remove node_modules and try again with a registry that has it and without "omit=optional"';
    return { refusal: `npm left out the optional package ${name}, which holds the pinned Node.js; ${remedy}.` };
  }
  const said = spawnSync(file, ['--version'], { encoding: 'utf8' });
  if (said.status === 0) return { file };
  const missing = /lib[\w+.-]+\.so[.\d]*/.exec(said.stderr ?? '')?.[0];
  const remedy = missing?.startsWith('libatomic') ? '; install the package libatomic1' : '';
  return {
    refusal: `The pinned Node.js does not start here: ${missing ?? said.stderr?.trim() ?? said.error}${remedy}.`,
  };
}

function ensureLibrary() {
  const first = pinnedNode();
  if (!first.refusal?.includes('libatomic1') || process.getuid?.() !== 0) return first;
  console.log('machine: installing libatomic1, which the pinned Node.js needs');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => spawnSync('apt-get', ['install', '--yes', '--quiet', 'libatomic1'], { env }).status === 0;
  if (!install()) spawnSync('apt-get', ['update', '--quiet'], { env }).status === 0 && install();
  return pinnedNode();
}

async function launch(target, args) {
  const { entry, bed } = targets[target];
  const flags = target === 'simulate' ? SIMULATION_FLAGS : [];
  const light = onlyAsks(args);
  const why = refusal(inspectMachine(), { bed: bed && !light }) ?? (await ensurePackages());
  if (why !== undefined) return refuse(why);
  const node = ensureLibrary();
  if (node.file === undefined) return refuse(node.refusal);
  const child = spawn(node.file, ['--disable-warning=ExperimentalWarning', ...flags, path.join(ROOT, entry), ...args], {
    stdio: 'inherit',
    env: { ...process.env, REGENT_INVOKED_FROM: process.env.INIT_CWD ?? process.cwd() },
    cwd: ROOT,
  });
  const code = await finished(child);
  handBack();
  return code;
}

/** Signals are passed on, and the child decides when it is done: taking the bed down needs its time. */
function finished(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.code === 'ENOENT' ? 127 : 126));
    child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}

/** What test tools cached as root goes back to the clone's owner. */
function handBack() {
  const clone = fs.statSync(ROOT);
  if (process.getuid?.() !== 0 || clone.uid === 0) return;
  const give = (file) => {
    fs.lchownSync(file, clone.uid, clone.gid);
    if (fs.lstatSync(file).isDirectory()) for (const name of fs.readdirSync(file)) give(path.join(file, name));
  };
  const cache = path.join(ROOT, 'node_modules', '.cache');
  if (fs.existsSync(cache)) give(cache);
}

function refuse(sentence) {
  console.error(sentence);
  return 2;
}

function textOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
const seconds = (sinceMs) => `${Math.round((Date.now() - sinceMs) / 1000)} s`;

const [, script, target, ...args] = process.argv;
if (script !== undefined && fs.existsSync(script) && fs.realpathSync(script) === fileURLToPath(import.meta.url)) {
  const known = Object.entries(targets).map(([name, each]) => `  npm run ${name.padEnd(9)} ${each.what}`);
  process.exitCode = Object.hasOwn(targets, target ?? '')
    ? await launch(target, args)
    : refuse(`What is to be started?\n${known.join('\n')}`);
}
