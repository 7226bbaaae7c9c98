/**
 * Sets from where a server with copied data replicates. It refuses a server that is open, that replicates already, or
 * that has binary logs of its own: then it is not the fresh copy that it should be. It must not decide anything.
 */
import { contains, mergePositions } from '../core/database/gtid.ts';
import type { GtidPosition } from '../core/database/state.ts';
import { ServerRefused } from './database-server.ts';
import { lookAt } from './mariadb-look.ts';
import { type MariadbAccess, MariadbSession } from './mariadb-session.ts';

const TIMEOUT_MS = 5_000;

/**
 * The copy's own table of positions counts, too: a source that was rebuilt itself and has not written since has no
 * binary log that would say where it stands.
 * @param copied position of the source in its binary log when the copy was made
 * @returns the position that was set, read back
 * @throws ServerRefused (`NotClosed`, `StillReplicates`, `OldBinlog`, `NotReadBack`), ServerUnreachable
 */
export async function setCopiedPosition(
  access: MariadbAccess,
  copied: GtidPosition,
  signal: AbortSignal,
): Promise<GtidPosition> {
  const session = new MariadbSession(access);
  const bounds = { timeoutMs: TIMEOUT_MS, signal };
  try {
    const look = await lookAt(session, bounds);
    if (!look.readOnly)
      throw new ServerRefused('the new server is open; it must start read-only', { code: 'NotClosed' });
    if (look.replication !== null)
      throw new ServerRefused('the new server has a source already', { code: 'StillReplicates' });
    if (look.binlogState !== '')
      throw new ServerRefused(
        `the new server has binary logs of its own (${look.binlogState}): put log_bin into the data directory`,
        { code: 'OldBinlog' },
      );
    const wanted = mergePositions(look.appliedPos, copied);
    await session.query('SET GLOBAL gtid_slave_pos=?', [wanted], bounds);
    const { appliedPos } = await lookAt(session, bounds);
    if (!contains(appliedPos, wanted))
      throw new ServerRefused(`the position reads ${appliedPos} instead of ${wanted}`, { code: 'NotReadBack' });
    return appliedPos;
  } finally {
    session.close();
  }
}
