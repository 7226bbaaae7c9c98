/** An operator's cloud before regent came: one open server, the others follow it. */

import type { ModelServer } from './model-server.ts';
import { FIRST_PRIMARY } from './settings.ts';

export function startServers(servers: readonly ModelServer[]): void {
  for (const server of servers) server.start('keep');
  for (const server of servers) {
    if (server.node === FIRST_PRIMARY) server.readOnly = false;
    else {
      server.source = FIRST_PRIMARY;
      server.startReplication();
    }
  }
}
