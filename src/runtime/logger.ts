/**
 * The log: JSON lines on stdout for journald, by pino, which is imported only here. A static message plus an object;
 * secrets are cut out by the names of their fields. Writing never blocks the event loop (a lease may hang on it): what
 * the reader of stdout does not take is buffered up to a bound, and beyond it dropped.
 */
import { destination, pino, stdSerializers } from 'pino';
import type { AuditEvent, Severity } from '../core/event.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the rest of the program knows of a logger. An error goes into the field `err`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where lines go; `flush` writes out what is buffered. */
export interface LogOutput {
  write(line: string): void;
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** In every line. */
  readonly node: string;
  readonly region: string;
  readonly output?: LogOutput;
}

export interface RunningLogger extends Logger {
  /** Call it last: after it the process may exit. */
  flush(): void;
}

const SECRET_FIELDS = ['password', 'secret', 'token', 'authorization', 'credentials', 'privateKey', 'fernetKey'];
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
const BUFFERED_BYTES_MAX = 1024 * 1024;

export function createLogger({ level, node, region, output }: LoggerOptions): RunningLogger {
  const target = output ?? standardOutput();
  const settings = {
    level,
    base: { node, region },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: stdSerializers.err },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
  };
  const inner = pino(settings, target);
  return {
    debug: (fields, message) => inner.debug(fields, message),
    info: (fields, message) => inner.info(fields, message),
    warn: (fields, message) => inner.warn(fields, message),
    error: (fields, message) => inner.error(fields, message),
    flush: () => target.flush(),
  };
}

const LEVELS: Readonly<Record<Severity, 'info' | 'warn' | 'error'>> = {
  info: 'info',
  warning: 'warn',
  critical: 'error',
};

/** Writes an audit event into the log; the message is the event's name, so that it can be searched for. */
export function logEvent(logger: Logger, event: AuditEvent, isJournaled: boolean): void {
  const { policyRevision, epoch, ...rest } = event;
  const revisions = {
    ...(policyRevision === undefined ? {} : { policyRevision: policyRevision.toString() }),
    ...(epoch === undefined ? {} : { epoch: epoch.toString() }),
  };
  logger[LEVELS[event.severity]]({ event: { ...rest, ...revisions }, isJournaled }, event.name);
}

function standardOutput(): LogOutput {
  const stream = destination({ dest: 1, sync: false, maxLength: BUFFERED_BYTES_MAX });
  stream.on('error', () => {}); // stdout is gone: nobody is left to be told, and the journal of events still is written.
  return {
    write: (line) => {
      stream.write(line);
    },
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // The reader does not take it now, and the process is about to end.
      }
    },
  };
}
