/**
 * Runs a program of this node and answers how it ended, as a value. The only place where the agent starts a process:
 * an absolute path, an argument vector, no shell, an environment of its own, a time limit that ends in SIGKILL, a limit
 * on what it may print. What was told to be secret does not leave this file in any text. It must not decide anything.
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa, type Options } from 'execa';

export interface CommandResult {
  /** True only for exit code 0. */
  readonly ok: boolean;
  /** Exit code; null when it was killed, or never started. */
  readonly code: number | null;
  readonly stdout: string;
  /** What it said on stderr, and, if it did not start or did not end by itself, why. */
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  /** Time limit in ms until SIGTERM; SIGKILL follows after `KILL_GRACE_MS`. Default 10,000. */
  readonly timeoutMs?: number;
  /** Text for its standard input; without it there is none. */
  readonly input?: string;
  /** Texts that are replaced by `[secret]` wherever they would appear in the result. */
  readonly secrets?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface PipeOptions {
  /** Time limit in ms; SIGKILL follows after `KILL_GRACE_MS`. */
  readonly timeoutMs: number;
  /** What the program reads; destroyed if it ends early. */
  readonly input?: Readable;
  /** What the program writes to; the caller ends it, when it knows how the program ended. */
  readonly output?: Writable;
  readonly signal?: AbortSignal;
}

/** The shape of `pipeCommand`. */
export type PipeCommand = (argv: readonly string[], options: PipeOptions) => Promise<CommandResult>;

/** The shape of `runCommand`, for tests and for those that are handed another one. */
export type RunCommand = (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

const DEFAULT_TIMEOUT_MS = 10_000;

/** Between SIGTERM and SIGKILL. */
const KILL_GRACE_MS = 1_000;

/** After SIGKILL: a process in uninterruptible sleep dies later, but nobody here waits for it. */
const ABANDON_AFTER_MS = 500;

/** Per output. Enough for every status that is read here; more means that something else answered. */
const OUTPUT_CHARACTERS_MAX = 1_000_000;

/** Of the stderr of a program that may say much: its end, which has the reason. */
const STDERR_KEPT = 4_000;

/** Nothing of the agent's own environment is handed on. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

const SETTINGS = {
  reject: false,
  shell: false,
  preferLocal: false,
  extendEnv: false,
  env: ENVIRONMENT,
  cwd: '/',
  forceKillAfterDelay: KILL_GRACE_MS,
} as const satisfies Options;

/**
 * Runs `argv` to its end.
 * @param argv absolute path of the program, then its arguments.
 * @throws TypeError when the path is not absolute or an argument holds a NUL: a mistake of this program, not of the node
 */
export const runCommand: RunCommand = async (argv, options = {}) => {
  const [file, args] = checked(argv);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const running = start(file, args, timeoutMs, options);
  const result = await Promise.race([running, abandoned(file, timeoutMs, running)]);
  return redacted(result, options.secrets ?? []);
};

/**
 * Runs `argv` with streams of any length on its standard input and output. A stream that breaks ends the program.
 * @throws TypeError as `runCommand`
 */
export const pipeCommand: PipeCommand = async (argv, { timeoutMs, input, output, signal }) => {
  const [file, args] = checked(argv);
  const broken = new AbortController();
  const running = execa(file, args, {
    ...SETTINGS,
    timeout: timeoutMs,
    buffer: false,
    stdin: input === undefined ? 'ignore' : 'pipe',
    stdout: output === undefined ? 'ignore' : 'pipe',
    stderr: 'pipe',
    cancelSignal: signal === undefined ? broken.signal : AbortSignal.any([signal, broken.signal]),
  });
  let said = '';
  running.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-STDERR_KEPT);
  });
  const flows = [
    ...(input === undefined || running.stdin === null ? [] : [pipeline(input, running.stdin)]),
    ...(output === undefined || running.stdout === null ? [] : [pipeline(running.stdout, output, { end: false })]),
  ];
  const flowed = Promise.all(flows).then(
    () => '',
    (error: unknown) => {
      broken.abort();
      return `a stream broke: ${error instanceof Error ? error.message : error}`;
    },
  );
  const ended = running.then(async (result) => {
    const why = result.failed && result.exitCode === undefined ? (result.shortMessage ?? 'it did not start') : '';
    const stderr = [said.trim(), why, await flowed].filter((part) => part !== '').join('\n');
    const ok = !result.failed && result.exitCode === 0 && (await flowed) === '';
    return { ok, code: result.exitCode ?? null, stdout: '', stderr, timedOut: result.timedOut };
  });
  return Promise.race([ended, abandoned(file, timeoutMs, ended)]);
};

function checked(argv: readonly string[]): readonly [string, readonly string[]] {
  const [file, ...args] = argv;
  if (file === undefined || !file.startsWith('/')) throw new TypeError(`not an absolute path of a program: ${file}`);
  if (argv.some((part) => part.includes('\0'))) throw new TypeError(`an argument of ${file} holds a NUL`);
  return [file, args];
}

async function start(
  file: string,
  args: readonly string[],
  timeoutMs: number,
  { input, signal }: CommandOptions,
): Promise<CommandResult> {
  const settings = {
    ...SETTINGS,
    timeout: timeoutMs,
    maxBuffer: OUTPUT_CHARACTERS_MAX,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  } as const satisfies Options;
  const ended = await execa(file, args, settings);
  const why = ended.failed && ended.exitCode === undefined ? (ended.shortMessage ?? 'it did not start') : '';
  return {
    ok: !ended.failed && ended.exitCode === 0,
    code: ended.exitCode ?? null,
    stdout: ended.stdout ?? '',
    stderr: [ended.stderr ?? '', why].filter((part) => part !== '').join('\n'),
    timedOut: ended.timedOut,
  };
}

async function abandoned(file: string, timeoutMs: number, running: Promise<unknown>): Promise<CommandResult> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs + KILL_GRACE_MS + ABANDON_AFTER_MS);
  });
  await Promise.race([limit, running.catch(() => {})]);
  clearTimeout(timer);
  return { ok: false, code: null, stdout: '', stderr: `${file} does not end, not even by SIGKILL`, timedOut: true };
}

function redacted(result: CommandResult, secrets: readonly string[]): CommandResult {
  const clean = (text: string): string =>
    secrets.filter((secret) => secret !== '').reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
  return { ...result, stdout: clean(result.stdout), stderr: clean(result.stderr) };
}
