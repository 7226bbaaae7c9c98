/**
 * A lab: the image with a network, a process tree and a file system of its own, in which a test starts single daemons
 * without systemd. Nothing that happens inside reaches the machine: files go to memory, addresses exist in the lab
 * only, and when the test process ends, however it ends, the kernel kills everything inside. What the test wants to
 * reach goes through `forward` (TCP) or `pathOf` (files and Unix sockets).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureImage } from './image.ts';
import { type Forward, startForward } from './lab-forward.ts';
import { LabProcess } from './lab-process.ts';
import { silent } from './progress.ts';
import { must, type RunOptions } from './run.ts';

/**
 * Runs as PID 1 of the lab. `cat` ends when the test's end of its input closes, and when PID 1 ends the kernel ends
 * every process of the lab. Everything is mounted below /mnt of a private mount namespace.
 */
const SETUP = `
set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
mount -t proc proc /mnt/root/proc
mount -t sysfs -o ro sysfs /mnt/root/sys
mount --rbind /dev /mnt/root/dev
mkdir /mnt/root/lab
mount --bind "$2" /mnt/root/lab
mount -t tmpfs -o mode=755 tmpfs /mnt/root/run
ip link set lo up
hostname lab
chroot /mnt/root /bin/sh -c 'echo ready; exec cat' || true
rm -rf "$2"
`;

/** After this, PID 1 of the lab is killed instead of asked. */
const STOP_TIMEOUT_MS = 10_000;

const NAMESPACES = ['--mount', '--net', '--pid', '--ipc', '--uts'];

/** Seen by everything that runs inside. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

export class Lab {
  /** A directory of the machine that is `/lab` inside. */
  readonly directory: string;
  readonly #holder: ChildProcess;
  readonly #pid: number;
  readonly #forwards: Forward[] = [];

  private constructor(directory: string, holder: ChildProcess, pid: number) {
    this.directory = directory;
    this.#holder = holder;
    this.#pid = pid;
  }

  /** Builds the image if there is none; that takes minutes, once. Needs root. */
  static async start(): Promise<Lab> {
    const image = await ensureImage(silent);
    const directory = await mkdtemp(join(tmpdir(), 'regent-lab-'));
    const argv = [...NAMESPACES, '--fork', '--kill-child', 'sh', '-c', SETUP, 'lab', image, directory];
    const holder = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT });
    await ready(holder);
    return new Lab(directory, holder, await onlyChild(await onlyChild(holder.pid)));
  }

  /** Runs a program inside to its end. @returns what it printed. @throws CommandFailed if its exit code is not 0. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return must(['nsenter', ...this.#entry(), ...argv], { env: ENVIRONMENT, ...options });
  }

  /** Starts a daemon inside, in the foreground; `argv[0]` is a path inside the image. */
  async spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<LabProcess> {
    const options = {
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, ...env },
    };
    const entry = spawn('nsenter', [...this.#entry(), ...argv], options);
    return new LabProcess(argv, entry, await onlyChild(entry.pid));
  }

  /** Makes a TCP port of the lab reachable from the test, through a proxy that can be frozen in either direction. */
  async forward(port: number, listenOn = '127.0.0.1'): Promise<Forward> {
    const socket = `relay-${this.#forwards.length}-${port}.sock`;
    const relay = ['/usr/bin/socat', `UNIX-LISTEN:/lab/${socket},fork,backlog=128`, `TCP:127.0.0.1:${port},nodelay`];
    await this.spawn(relay);
    const forward = await startForward(join(this.directory, socket), listenOn);
    this.#forwards.push(forward);
    return forward;
  }

  /** The path by which the test reaches a file or Unix socket of the lab. */
  pathOf(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  /** Ends everything inside and removes what the lab made. Idempotent. */
  async stop(): Promise<void> {
    for (const forward of this.#forwards) forward.close();
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const exited = once(this.#holder, 'exit');
      this.#holder.stdin?.end();
      const impatient = setTimeout(() => this.#holder.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(impatient);
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  #entry(): readonly string[] {
    return ['--target', String(this.#pid), ...NAMESPACES, '--root', '--wd', '--'];
  }
}

async function ready(holder: ChildProcess): Promise<void> {
  let said = '';
  holder.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const isReady = await Promise.race([
    once(holder, 'exit').then(() => false),
    once(holder.stdout as NodeJS.EventEmitter, 'data').then(() => true),
  ]);
  if (!isReady) throw new Error(`the lab did not start: ${said.trim() || 'no reason given'}`);
}

/** unshare and nsenter fork once into the process namespace, and PID 1 waits for the one process inside the image. */
async function onlyChild(parent: number | undefined): Promise<number> {
  for (let attempt = 0; attempt < 3_000; attempt++) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '');
    const child = Number(children.trim().split(' ')[0]);
    if (child > 0) return child;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('a program of the lab ended before it could be watched');
}
