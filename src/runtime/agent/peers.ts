/** This node's way to the other db agents and theirs to it, with the certificates of its access to the global store. */
import { peerAddress } from '../config.ts';
import type { PeerPort } from '../duty/peer-port.ts';
import { PeerClient } from '../peer-client.ts';
import { type PeerAnswer, PeerServer } from '../peer-server.ts';
import { readPeerTls } from '../peer-tls.ts';
import type { Agent } from './agent.ts';

export interface Peers extends PeerPort {
  /** Who answers when another agent asks. */
  use(answer: PeerAnswer): void;
}

/** Listens, and ends with the agent. An agent that cannot listen works without promises and says so. */
export async function openPeers(agent: Agent): Promise<Peers> {
  const { config, logger } = agent.parts;
  const tls = await readPeerTls(config);
  const server = new PeerServer({ ...peerAddress(config), tls });
  const client = new PeerClient(tls);
  agent.shutdown.add('peers', async () => {
    client.close();
    await server.stop();
  });
  const url = await server.start().catch((error: unknown) => {
    logger.error({ err: error }, 'no promises are given to other agents; everything else works');
    return null;
  });
  return { url, use: (answer) => server.use(answer), ask: (...question) => client.ask(...question) };
}
