/**
 * How old the data of this node's replica are: the primary writes its wall clock into one row, again and again, and the row that
 * has arrived here says how far behind this server is. Unlike what the server itself says, it also counts while nothing
 * arrives. The two hosts' clocks are compared, so that they must be kept in step.
 */
import type { ServerLook } from '../core/database/server-look.ts';
import type { Observation } from '../core/observation.ts';
import { REPLICA_AGE_PROBE } from '../core/replica-age.ts';
import type { Probe } from './probe.ts';

export interface ReplicaAgeOptions {
  readonly server: {
    look(signal?: AbortSignal): Promise<Pick<ServerLook, 'replication'>>;
    /** Undefined: no such row has ever arrived. */
    readProbe(signal?: AbortSignal): Promise<{ readonly atMs: number; readonly node: string } | undefined>;
  };
  readonly region: string;
  /** Of the region's identity route. */
  readonly policy: string;
  readonly maxLagMs: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** In ms since 1970. */
  readonly wallMs: () => number;
}

const MS_PER_SECOND = 1000;

export function replicaAgeProbe({ server, region, policy, maxLagMs, ...options }: ReplicaAgeOptions): Probe {
  const { everyMs, timeoutMs, wallMs } = options;
  const limit = `${maxLagMs / MS_PER_SECOND} s (maxLag of ${policy})`;
  return {
    name: REPLICA_AGE_PROBE,
    everyMs,
    observe: async (signal): Promise<Observation> => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const { replication } = await server.look(within);
        if (replication === null) return said('ok', 'its server follows nobody');
        const row = await server.readProbe(within);
        if (row === undefined) return said('unknown', 'no write probe of a primary has ever arrived');
        const ageMs = wallMs() - row.atMs;
        if (ageMs <= maxLagMs) return said('ok', `its data are not older than ${limit}`);
        const { receiving, applying, receiveError, applyError } = replication;
        const why = receiving && applying ? '' : ` (receives: ${yes(receiving)}, applies: ${yes(applying)})`;
        const error = receiveError ?? applyError;
        return said(
          'degraded',
          `ReplicaBehind: its data are ${Math.round(ageMs / MS_PER_SECOND)} s old, more than ${limit}${why}: cut off now, ${region} ` +
            'would not know what was changed since then; see SHOW ALL SLAVES STATUS there, and regentctl status for the ' +
            `database${error === null ? '' : `; the server says: ${error}`}`,
        );
      } catch (error) {
        // A server that is not there is the subject of the probe `mariadb`.
        return said('unknown', `its age could not be read: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}

const said = (health: Observation['health'], detail: string): Observation => ({ health, detail, facts: {} });
const yes = (is: boolean): string => (is ? 'yes' : 'no');
