/**
 * The keys of this node's Keystone: what the region's leader passes on is put into place and confirmed. Only on nodes whose
 * agent.yaml names key repositories.
 */
import { KeystoneKeyRepository } from '../../actuator/key-repository.ts';
import type { RepositoryKind } from '../../core/keys/key-set.ts';
import { prefixes } from '../../store/keys.ts';
import type { AgentConfig } from '../config-schema.ts';
import { KeysNodeDuty } from '../duty/keys-node-duty.ts';
import type { Agent } from './agent.ts';
import type { RegionPart } from './region-part.ts';

/** What somebody else does to the files is seen within this time; what the leader wants wakes the loop. */
const LOOK_EVERY_MS = 5_000;
const TIMEOUT_MS = 10_000;

export function keepKeys(agent: Agent, region: RegionPart, { repositories }: NonNullable<AgentConfig['keys']>): void {
  const { node } = agent.parts.config;
  const { grants, seal } = agent.parts;
  const directoryOf = (kind: RepositoryKind) => repositories[kind];
  const view = agent.mirrors.open(region.store, [prefixes.wantedKeys], () => loop.wake());
  const duty = new KeysNodeDuty({
    node,
    view,
    presence: region.presence,
    repository: (kind) => {
      const directory = directoryOf(kind);
      return directory === undefined ? undefined : new KeystoneKeyRepository({ directory, grants });
    },
    seal,
    record: agent.record,
    wallMs: agent.wallMs,
  });
  const loop = agent.loop({
    name: 'keys',
    everyMs: LOOK_EVERY_MS,
    timeoutMs: TIMEOUT_MS,
    tick: (signal) => duty.tick(signal),
  });
  loop.start();
  agent.addKeys(() => duty.standing());
}
