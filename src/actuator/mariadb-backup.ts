/**
 * Copies a MariaDB server with its own tools: streams a backup of the running server, unpacks a stream into a
 * directory, and prepares that to be started on. Passwords go through a file that only root can read, never through
 * arguments. It must not decide anything.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { GtidPosition } from '../core/database/state.ts';
import type { Grants } from '../core/grants.ts';
import { type PipeCommand, pipeCommand } from './command.ts';
import { ServerRefused } from './database-server.ts';
import type { MariadbAccess } from './mariadb-session.ts';

export interface MariadbBackupOptions extends MariadbAccess {
  readonly dataDirectory: string;
  /** Absolute paths; both must be granted as commands. */
  readonly programs: { readonly backup: string; readonly unpack: string };
  /** Holds the password while a backup runs; in a directory that a reboot empties. */
  readonly optionFile: string;
  readonly grants: Grants;
  readonly pipe?: PipeCommand;
}

/** A copy of a large database over a slow link takes hours; whoever waits for it ends it sooner by its signal. */
const TIMEOUT_MS = 24 * 3_600_000;

/** Of memory while preparing: the agent's own unit bounds it. */
const PREPARE_MEMORY = '64M';

/** By version: 11.1 renamed the files. */
const BINLOG_INFO = ['mariadb_backup_binlog_info', 'xtrabackup_binlog_info'];
const CHECKPOINTS = ['mariadb_backup_checkpoints', 'xtrabackup_checkpoints'];

export class MariadbBackup {
  readonly #options: MariadbBackupOptions;
  readonly #pipe: PipeCommand;

  constructor(options: MariadbBackupOptions) {
    this.#options = options;
    this.#pipe = options.pipe ?? pipeCommand;
  }

  /** False if this node's grants do not let it serve copies. */
  get isGranted(): boolean {
    return this.#options.grants.mayRun(this.#options.programs.backup);
  }

  /** Writes a copy of the running server to `output` and leaves it to the caller to end that. @throws ServerRefused */
  async stream(output: Writable, signal: AbortSignal): Promise<void> {
    const { programs, socketPath, dataDirectory } = this.#options;
    await this.#withPassword(async (optionFile) => {
      const argv = [
        programs.backup,
        `--defaults-file=${optionFile}`,
        '--backup',
        '--stream=xbstream',
        `--socket=${socketPath}`,
        `--datadir=${dataDirectory}`,
      ];
      await this.#run(argv, { output, signal });
    });
  }

  /** Unpacks a stream into an empty directory. @throws ServerRefused, also if the stream broke off */
  async unpack(input: Readable, directory: string, signal: AbortSignal): Promise<void> {
    const { programs } = this.#options;
    await this.#run([programs.unpack, '--extract', `--directory=${directory}`], { input, signal });
    const checkpoints = await firstOf(directory, CHECKPOINTS);
    if (!/^backup_type = full-/m.test(checkpoints ?? ''))
      throw new ServerRefused('what was received is not a complete backup', { code: 'NotABackup' });
  }

  /** Makes a copy ready to be started on. @returns the position of the source that the copy is of */
  async prepare(directory: string, signal: AbortSignal): Promise<GtidPosition> {
    await this.#run(
      [
        this.#options.programs.backup,
        '--no-defaults',
        '--prepare',
        `--use-memory=${PREPARE_MEMORY}`,
        `--target-dir=${directory}`,
      ],
      { signal },
    );
    if (!/^backup_type = (log-applied|full-prepared)$/m.test((await firstOf(directory, CHECKPOINTS)) ?? ''))
      throw new ServerRefused('the copy does not say that it is prepared', { code: 'NotReadBack' });
    const info = await firstOf(directory, BINLOG_INFO);
    if (info === undefined)
      throw new ServerRefused('the copy does not say its position; the source needs log_bin', { code: 'NotABackup' });
    return (info.trim().split('\t')[2] ?? '').replaceAll('\n', '');
  }

  async #run(
    argv: readonly string[],
    streams: { readonly input?: Readable; readonly output?: Writable; readonly signal: AbortSignal },
  ): Promise<void> {
    const [program = ''] = argv;
    if (!this.#options.grants.mayRun(program))
      throw new ServerRefused(`the grants of this node do not name ${program}; add it to commands`, {
        code: 'NotGranted',
      });
    const { ok, stderr, timedOut } = await this.#pipe(argv, { timeoutMs: TIMEOUT_MS, ...streams });
    if (!ok)
      throw new ServerRefused(
        `${basename(program)} ${timedOut ? 'did not end in time' : 'failed'}: ${lastOf(stderr)}`,
        {
          code: 'BackupFailed',
        },
      );
  }

  async #withPassword(use: (optionFile: string) => Promise<void>): Promise<void> {
    const { optionFile, user, password } = this.#options;
    const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    await mkdir(dirname(optionFile), { recursive: true });
    await rm(optionFile, { force: true });
    const text = `[client]\nuser=${quoted(user)}\npassword=${quoted(password)}\n`;
    await writeFile(optionFile, text, { mode: 0o600, flag: 'wx' });
    try {
      await use(optionFile);
    } finally {
      await rm(optionFile, { force: true });
    }
  }
}

async function firstOf(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The end of what a program said has the reason. */
function lastOf(stderr: string): string {
  return stderr.trim().split('\n').slice(-3).join(' | ');
}
