/**
 * Gathers all that `regentctl status` shows: both stores, how their members are, and, straight from the agents of the
 * database nodes, how far each replica is behind (that changes all the time and is in no store). It reads only, and it
 * judges nothing: status-view.ts does.
 */
import { type AgentStatus, readAgentStatus } from '../runtime/agent-status.ts';
import type { AgentConfig } from '../runtime/config-schema.ts';
import { parseKey, prefixes } from '../store/keys.ts';
import { nodeRecord } from '../store/schema.ts';
import type { Entry, Store, StoreStatus } from '../store/store.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import type { Session } from './session.ts';
import { entriesIn, readContents, readStatus, type StoreContents } from './store-contents.ts';

export interface SeenStore {
  readonly name: string;
  readonly contents: StoreContents;
  /** Undefined if its members could not be asked. */
  readonly status: StoreStatus | undefined;
}

export interface StatusSnapshot {
  /** The region of the node on which the command runs. */
  readonly region: string;
  readonly wallMs: number;
  /** The same as `global` where one store is both; undefined on a node that only arbitrates. */
  readonly regional: SeenStore | undefined;
  readonly global: SeenStore;
  /** By node; a node whose agent did not answer is missing. */
  readonly agents: ReadonlyMap<string, AgentStatus>;
}

const REGIONAL_PREFIXES = [
  ...policyPrefixes,
  prefixes.nodes,
  prefixes.observations,
  prefixes.leader,
  prefixes.desired,
  prefixes.applied,
  prefixes.holds,
];
const GLOBAL_PREFIXES = [
  ...policyPrefixes,
  prefixes.regions,
  prefixes.arbiter,
  prefixes.databases,
  prefixes.keys,
  prefixes.holds,
];

/** An agent that works answers in milliseconds, also from another region. */
const AGENT_WITHIN_MS = 1000;

export async function takeSnapshot(session: Session): Promise<StatusSnapshot> {
  const [config, stores] = [await session.config(), await session.stores()];
  const { regional: own, global: shared, isOne } = stores;
  const all = [...new Set([...REGIONAL_PREFIXES, ...GLOBAL_PREFIXES])];
  const [global, regional] = await Promise.all([
    look(shared, isOne ? all : GLOBAL_PREFIXES),
    isOne || own === undefined ? undefined : look(own, REGIONAL_PREFIXES),
  ]);
  const seen = {
    region: config.region,
    wallMs: session.deps.wallMs(),
    regional: isOne ? global : regional,
    global,
  };
  return { ...seen, agents: await askAgents(session, addressesOf(seen, config)) };
}

async function look(store: Store, wanted: readonly string[]): Promise<SeenStore> {
  const [contents, status] = await Promise.all([readContents(store, wanted), readStatus(store)]);
  return { name: store.name, contents, status };
}

/**
 * Where the agents of the database nodes listen. A node of this region says so itself; for the others the address is
 * the one in the policy, with this node's own port, because presence stays inside a region. Without any store there is
 * still this node's own agent.
 */
function addressesOf(
  { regional, global }: Pick<StatusSnapshot, 'regional' | 'global'>,
  { node, roles, http }: Pick<AgentConfig, 'node' | 'roles' | 'http'>,
): ReadonlyMap<string, string> {
  const told = new Map(entriesIn(regional?.contents).flatMap(toldAddress));
  const members = policyStandings(global.name, entriesIn(global.contents)).flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'DatabaseFailover' ? inForce.policy.members : [],
  );
  const guessed = ({ address }: { readonly address: string }) =>
    `http://${address.includes(':') ? `[${address}]` : address}:${http.port}`;
  const own = roles.includes('db') ? [[node, guessed(http)] as const] : [];
  return new Map([...own, ...members.map((member) => [member.node, guessed(member)] as const), ...told]);
}

function toldAddress({ key, value }: Entry): readonly (readonly [string, string])[] {
  const parsed = parseKey(key);
  if (parsed?.name !== 'node' || parsed.parts.node === undefined) return [];
  const record = nodeRecord.read(key, value);
  if (!record.ok) return [];
  const { http, roles } = record.value;
  return http !== null && roles.includes('db') ? [[parsed.parts.node, http]] : [];
}

async function askAgents(session: Session, addresses: ReadonlyMap<string, string>) {
  const answers = [...addresses].map(async ([node, base]) => {
    const text = await session.deps.fetchText(`${base}/status`, AGENT_WITHIN_MS);
    return [node, text === undefined ? undefined : readAgentStatus(text)] as const;
  });
  const found = (await Promise.all(answers)).flatMap(([node, status]) =>
    status === undefined ? [] : [[node, status] as const],
  );
  return new Map(found);
}
