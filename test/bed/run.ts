/**
 * Runs a program on the machine that carries the bed: argument vectors only, never a shell line, always with a time
 * limit. `run` answers with the exit code as a value; `must` turns a failure into an exception that quotes the program's
 * own words. It must not know what is run.
 */

import { execa } from 'execa';

/** What a finished program left behind; `code` is 124 when its time was up and 127 when it could not be started. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Time limit in ms; the program is killed when it is over. Default 30,000. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Receives each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** The machine's own programs only: npm puts node_modules/.bin first, where a package has a program called `nft`. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A program of the bed failed; the message holds what was run and the end of what it said. */
export class CommandFailed extends Error {
  readonly argv: readonly string[];
  readonly outcome: Outcome;

  constructor(argv: readonly string[], outcome: Outcome) {
    const said = `${outcome.stdout.trim()}\n${outcome.stderr.trim()}`.trim().split('\n').slice(-12).join('\n');
    super(`${argv.join(' ')} ended with ${outcome.code}: ${said}`);
    this.name = 'CommandFailed';
    this.argv = argv;
    this.outcome = outcome;
  }
}

/** Runs `argv` to its end and returns how it ended; it never throws for a program's own failure. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new RangeError('run needs at least a program name');
  const child = execa(file, rest, {
    reject: false,
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    forceKillAfterDelay: 2_000,
    stripFinalNewline: false,
    all: options.onLine !== undefined,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH, ...options.env },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  if (options.onLine !== undefined) {
    const { onLine } = options;
    for await (const line of child.iterable({ from: 'all' })) onLine(String(line));
  }
  const result = await child;
  const code = result.timedOut ? 124 : (result.exitCode ?? (result.signal === undefined ? 127 : 128));
  const reason = result.exitCode === undefined ? `${result.stderr ?? ''}\n${result.shortMessage ?? ''}` : result.stderr;
  return { code, stdout: result.stdout ?? '', stderr: reason ?? '' };
}

/**
 * Runs `argv` and returns what it printed.
 *
 * @throws CommandFailed when the exit code is not 0
 */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await run(argv, options);
  if (outcome.code !== 0) throw new CommandFailed(argv, outcome);
  return outcome.stdout;
}

/**
 * The same command in process and mount namespaces of its own, killed by the kernel when this process ends, however it
 * ends. Everything that it started or mounted goes with it: nothing goes on unseen.
 */
export function endingWithUs(argv: readonly string[]): readonly string[] {
  const ownNamespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
  return ['setpriv', '--pdeathsig', 'KILL', ...ownNamespaces, ...argv];
}
