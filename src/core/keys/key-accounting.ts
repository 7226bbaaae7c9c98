/**
 * Who has the set in force, by what the regions' leaders report. Everybody that the policy names is accounted for or is not;
 * nothing goes on while one is not, because a Keystone that nobody hears of may be alive and issuing tokens.
 */
import type { FernetKeys } from '../policy.ts';
import { isBetween, sameSet, setText } from './key-set.ts';
import type { KeyProblem, KeyState, NodeKeys, RegionKeys } from './key-state.ts';

export type RegionReports = ReadonlyMap<string, RegionKeys>;

export interface AccountedNode {
  readonly node: string;
  readonly region: string;
  /**
   * `confirmed`: it has the set. `behind`: it has one from which it goes there by itself. `unheard`: nobody reports it.
   * `troubled`: it reports a problem. `other`: it has other keys.
   */
  readonly standing: 'confirmed' | 'behind' | 'unheard' | 'troubled' | 'other';
  readonly report: NodeKeys | undefined;
  /** What is wrong and what to do; empty while nothing is. */
  readonly detail: string;
}

/** In the order of the policy. @param state - undefined before an adoption: then nobody has confirmed anything */
export function accountNodes(
  { nodes }: Pick<FernetKeys, 'nodes'>,
  regions: RegionReports,
  state: KeyState | undefined,
): readonly AccountedNode[] {
  return Object.entries(nodes).flatMap(([region, names]) => {
    const reports = regions.get(region);
    return names.map((node): AccountedNode => {
      const report = reports?.nodes[node];
      if (report === undefined) {
        const who =
          reports === undefined
            ? `nobody leads ${region}, or it is cut off`
            : 'its agent is not registered, or has no keys section in agent.yaml';
        return { node, region, standing: 'unheard', report, detail: `${node} is not heard of: ${who}` };
      }
      return { node, region, report, ...judged(node, report, state) };
    });
  });
}

function judged(
  node: string,
  report: NodeKeys,
  state: KeyState | undefined,
): Pick<AccountedNode, 'standing' | 'detail'> {
  const { found, problem, detail } = report;
  const isFillable = problem === 'Empty' && state !== undefined;
  if (problem !== null && !isFillable) {
    return {
      standing: problem === 'OtherKeys' ? 'other' : 'troubled',
      detail: `${node}: ${detail}; ${REMEDIES[problem]}`,
    };
  }
  if (state === undefined || found === null)
    return { standing: 'behind', detail: `${node} has not been given a set yet` };
  if (sameSet(found, state.keys)) return { standing: 'confirmed', detail: '' };
  const isOnTheWay = found.length === 0 || state.accepts.some((before) => isBetween(found, before, state.keys));
  if (isOnTheWay) return { standing: 'behind', detail: `${node} does not have generation ${state.generation} yet` };
  const told = `${node} has the keys ${setText(found)}, and in force are ${setText(state.keys)}`;
  return { standing: 'other', detail: `${told}; ${REMEDIES.OtherKeys}` };
}

/** What an operator can do about it. */
export const REMEDIES: Readonly<Record<KeyProblem, string>> = {
  NotConfigured:
    "name the directory under keys.repositories of the node's agent.yaml, or take the node out of the policy",
  Missing: 'make the directory, owned by the Keystone user, mode 700; it is filled then',
  Unsafe: 'chown it to the Keystone user; directory mode 700, keys 600',
  Foreign: 'move away what is not a key: Keystone opens every file in there',
  Empty: 'keystone-manage fernet_setup or credential_setup on one node, or copy the keys of another cloud there',
  OtherKeys: 'find out who put them there; moved away, to the last file, the node gets the set in force',
  SealingKey: "copy keys.sealingKeyFile from a node that confirms its keys, and restart the node's agent",
  NotGranted: 'add the directory with /* to files in /etc/regent/grants.yaml of the node, and restart its agent',
  Failed: 'see the journal of its agent',
};

export function unaccounted(accounts: readonly AccountedNode[]): readonly AccountedNode[] {
  return accounts.filter(({ standing }) => standing !== 'confirmed');
}
