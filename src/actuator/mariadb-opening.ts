/**
 * Opens a closed server, and makes one ready for that while its agent waits for something else. What is as it has to be is
 * not done again: between a demotion and a promotion somebody waits for every statement.
 */
import { ServerRefused } from './database-server.ts';
import { type ClosingPair, dismissClients } from './mariadb-close.ts';
import { bearOwnId } from './mariadb-identity.ts';
import { semiSyncAndSource, semiSyncAt } from './mariadb-look.ts';
import type { Bounds, MariadbSession } from './mariadb-session.ts';

export interface OpeningSessions extends ClosingPair {
  readonly changing: MariadbSession;
}

/** A commit waits for an acknowledgement for ever, also without any replica; nothing falls back to not waiting. */
const WAIT_FOR_ACK =
  'SET GLOBAL rpl_semi_sync_slave_enabled=OFF, GLOBAL rpl_semi_sync_master_wait_point=AFTER_SYNC, ' +
  'GLOBAL rpl_semi_sync_master_timeout=4294967295, GLOBAL rpl_semi_sync_master_wait_no_slave=ON, ' +
  'GLOBAL rpl_semi_sync_master_enabled=ON';

const DO_NOT_WAIT = 'SET GLOBAL rpl_semi_sync_slave_enabled=OFF, GLOBAL rpl_semi_sync_master_enabled=OFF';

const OPEN = ['SET GLOBAL read_only=0', 'SELECT @@read_only AS readOnly'];

/** Everything that opening needs and that shows nothing while the server is closed. @throws ServerRefused `StillReplicates` */
export async function makeReady(sessions: OpeningSessions, waitForAck: boolean, bounds: Bounds): Promise<void> {
  const { changing } = sessions;
  const { hasSource, semiSync } = await semiSyncAndSource(changing, bounds);
  if (hasSource) throw new ServerRefused('the server still has a source; detach it first', { code: 'StillReplicates' });
  // Its other settings may have been somebody else's: waiting is set in any case.
  if (waitForAck || semiSync.primaryEnabled || semiSync.replicaEnabled)
    await setWaitForAck(changing, waitForAck, bounds);
  await bearOwnId(changing, bounds);
  // Sessions from before would write under the replica's id.
  await dismissClients(sessions, bounds);
}

export async function open(sessions: OpeningSessions, waitForAck: boolean, bounds: Bounds): Promise<void> {
  await makeReady(sessions, waitForAck, bounds);
  const [, [shown] = []] = await sessions.changing.queryAll(OPEN, bounds);
  if (Number(shown?.readOnly) !== 0) throw new ServerRefused('the server is still read-only', { code: 'NotReadBack' });
}

export async function setWaitForAck(session: MariadbSession, waitForAck: boolean, bounds: Bounds): Promise<void> {
  await session.query(waitForAck ? WAIT_FOR_ACK : DO_NOT_WAIT, [], bounds);
  const { primaryEnabled, primaryActive, replicaEnabled } = await semiSyncAt(session, bounds);
  if (primaryEnabled !== waitForAck || primaryActive !== waitForAck || replicaEnabled)
    throw new ServerRefused('the waiting for acknowledgements does not show as wanted', { code: 'NotReadBack' });
}
