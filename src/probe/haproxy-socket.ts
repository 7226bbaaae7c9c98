/**
 * One question to HAProxy's Runtime API over its Unix socket: connect, say it, read the answer to its end. Bounded in
 * time, because a stopped HAProxy accepts and answers nothing. Also what the answers mean: HAProxy's words end here.
 */
import { connect } from 'node:net';

/** No answer: `code` is the system's (`ENOENT`, `ECONNREFUSED`, `EACCES`), `Timeout`, `Aborted`, or `Oversize`. */
export class HaproxyUnreachable extends Error {
  override readonly name = 'HaproxyUnreachable';
  readonly code: string;
  constructor(message: string, code: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Proxies and servers, as HAProxy allows them; also what keeps a name from being a second command. */
export const HAPROXY_NAME = /^[A-Za-z0-9_.:-]{1,128}$/;

const DEFAULT_TIMEOUT_MS = 1_000;
const ANSWER_CHARACTERS_MAX = 4_000_000;

/**
 * @param command one or more commands joined by `;`, without a line break.
 * @throws HaproxyUnreachable
 */
export function askHaproxy(
  socketPath: string,
  command: string,
  {
    timeoutMs = DEFAULT_TIMEOUT_MS,
    signal,
  }: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  if (/[\r\n]/.test(command)) throw new TypeError('a command for HAProxy holds a line break');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(socketPath);
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      act();
    };
    const fail = (message: string, code: string, cause?: unknown): void =>
      finish(() => reject(new HaproxyUnreachable(`${socketPath}: ${message}`, code, cause)));
    const abort = (): void => fail('the call was ended by its caller', 'Aborted');
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`, 'Timeout'), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) return abort();
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(`${command}\n`));
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.length > ANSWER_CHARACTERS_MAX) fail('the answer does not end', 'Oversize');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.message, error.code ?? 'Unknown', error));
    socket.on('end', () => finish(() => resolve(answer)));
  });
}

/** One line of `show servers state`. */
export interface ServerState {
  readonly name: string;
  /** Takes new sessions as far as an administrator is concerned; its health is another matter. */
  readonly isReady: boolean;
}

/**
 * Bits of `srv_admin_state` that keep traffic away: forced, inherited and resolver maintenance, forced and inherited
 * drain (HAProxy 2.6 management guide, "show servers state"). 0x04 only says that the file had `disabled`, 0x40 that a host name is set.
 */
const KEPT_AWAY = 0x01 | 0x02 | 0x08 | 0x10 | 0x20;

/** Reads the answer to `show servers state <backend>`. @returns undefined when it is not such an answer */
export function parseServersState(answer: string): readonly ServerState[] | undefined {
  const [version, header, ...lines] = answer.split('\n');
  if (version?.trim() !== '1' || !header?.startsWith('# ')) return undefined;
  const columns = header.slice(2).split(' ');
  const nameAt = columns.indexOf('srv_name');
  const adminAt = columns.indexOf('srv_admin_state');
  if (nameAt < 0 || adminAt < 0) return undefined;
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(' '))
    .map((fields) => ({ name: fields[nameAt] ?? '', isReady: (Number(fields[adminAt]) & KEPT_AWAY) === 0 }));
}

/** One line of `show stat`. */
export interface StatRow {
  readonly proxy: string;
  /** A server's name, or `FRONTEND` or `BACKEND`. */
  readonly name: string;
  readonly status: string;
  readonly sessions: number;
  /** Of a server: it is used only while none of the others is up. */
  readonly isBackup: boolean;
}

/** Reads the answer to `show stat`. */
export function parseStat(answer: string): readonly StatRow[] {
  const [header = '', ...lines] = answer.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const at = (name: string): number => columns.indexOf(name);
  const [proxy, name, status, sessions, backup] = [at('pxname'), at('svname'), at('status'), at('scur'), at('bck')];
  return lines
    .map((line) => line.split(','))
    .filter((fields) => fields.length > 1)
    .map((fields) => ({
      proxy: fields[proxy] ?? '',
      name: fields[name] ?? '',
      status: fields[status] ?? '',
      sessions: Number(fields[sessions] ?? 0),
      isBackup: fields[backup] === '1',
    }));
}
