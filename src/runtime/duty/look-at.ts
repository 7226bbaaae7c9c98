/** Looks at the own server. */
import { type DatabaseServer, ServerUnreachable } from '../../actuator/database-server.ts';
import type { ServerLook } from '../../core/database/server-look.ts';

/** @returns undefined if it does not answer */
export async function lookAt(server: DatabaseServer, signal: AbortSignal): Promise<ServerLook | undefined> {
  try {
    return await server.look(signal);
  } catch (error) {
    if (error instanceof ServerUnreachable) return undefined;
    throw error;
  }
}
