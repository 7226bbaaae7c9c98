/**
 * How this node's database server stands, for operators and for the routes of its region. Only a server that is not
 * there is `failed`; one that is silent, or refuses us, may well serve others. What changes all the time, like
 * positions and lag, stays out: the protocol looks at the server itself.
 */
import type { ServerLook } from '../core/database/server-look.ts';
import type { Facts, Observation } from '../core/observation.ts';
import type { Probe } from './probe.ts';

export interface MariadbProbeOptions {
  /**
   * The server as whoever drives it has it. Rejects with an error named `ServerUnreachable`, with a `code`, when the
   * server cannot be reached, and with any other when it could not be asked.
   */
  readonly server: { look(signal?: AbortSignal): Promise<ServerLook> };
  readonly everyMs: number;
  /** For the whole look; the server's own limits are for each statement. */
  readonly timeoutMs?: number;
  /** True while this server has writes that the primary lacks. It must not say no before it knows. */
  readonly isQuarantined: () => Promise<boolean>;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** No socket, nobody behind it, or gone in the middle. */
const NOT_THERE = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST']);

export function mariadbProbe({
  server,
  everyMs,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  isQuarantined,
}: MariadbProbeOptions): Probe {
  return {
    name: 'mariadb',
    everyMs,
    observe: async (signal) => {
      const limit = AbortSignal.timeout(timeoutMs);
      const quarantined = await isQuarantined();
      try {
        return understand(await server.look(AbortSignal.any([signal, limit])), quarantined);
      } catch (error) {
        const facts = { quarantined };
        if (limit.aborted && !signal.aborted)
          return { health: 'unknown', detail: `MariaDB does not answer within ${timeoutMs} ms`, facts };
        const isThere = !isNotThere(error);
        const what = isThere ? 'could not be asked' : 'is not there';
        return { health: isThere ? 'unknown' : 'failed', detail: `MariaDB ${what}: ${messageOf(error)}`, facts };
      }
    },
  };
}

function understand({ readOnly, replication, semiSync }: ServerLook, quarantined: boolean): Observation {
  const facts: Facts = {
    readOnly,
    follows: replication?.sourceHost ?? null,
    receiving: replication?.receiving ?? false,
    applying: replication?.applying ?? false,
    waitForAck: semiSync.primaryActive,
    quarantined,
  };
  if (quarantined) return { health: 'degraded', detail: 'it has writes that the primary lacks', facts };
  if (replication === null)
    return readOnly
      ? { health: 'degraded', detail: 'it is closed and follows nobody', facts }
      : { health: 'ok', detail: 'it is open', facts };
  const { sourceHost, applying, receiving, applyError, receiveError } = replication;
  const state = `it ${readOnly ? 'follows' : 'is open and follows'} ${sourceHost}`;
  if (applying && receiving) return { health: 'ok', detail: state, facts };
  const because = [
    applying ? undefined : `it does not apply${applyError === null ? '' : ` (${applyError})`}`,
    receiving ? undefined : `it does not receive${receiveError === null ? '' : ` (${receiveError})`}`,
  ];
  return { health: 'degraded', detail: [state, ...because.filter((each) => each !== undefined)].join('; '), facts };
}

function isNotThere(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'ServerUnreachable' || !('code' in error)) return false;
  return typeof error.code === 'string' && NOT_THERE.has(error.code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
