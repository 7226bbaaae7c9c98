/** What `regentctl database rebuild` has to know of the store before it orders anything. */
import type { RebuildQuestion } from '../core/database/rebuild.ts';
import type { RebuildOrder } from '../core/database/rebuild-order.ts';
import { holdOver } from '../core/holds.ts';
import type { DatabaseFailover } from '../core/policy.ts';
import { readDatabase } from '../runtime/duty/database-view.ts';
import { readHolds } from '../runtime/duty/region-view.ts';
import { rebuildRecord } from '../store/database-records.ts';
import { databaseRebuildKey, prefixes } from '../store/keys.ts';
import type { Entry } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface SeenRebuild {
  readonly database: string;
  readonly question: Omit<RebuildQuestion, 'from' | 'isForced'>;
  /** The order that stands for this node, ended or not. */
  readonly standing: { readonly order: RebuildOrder; readonly revision: bigint } | undefined;
}

/**
 * @param database name of the policy; undefined = the one that has this node
 * @throws CommandFailed if there is no such policy, or several; Malformed if what stands there cannot be read
 */
export async function readRebuild(session: Session, node: string, database: string | undefined): Promise<SeenRebuild> {
  const { global } = await session.stores();
  const entries = await requireContents(global, [...policyPrefixes, prefixes.databases, prefixes.holds]);
  const policy = chosen(databasesIn(global.name, entries), node, database);
  const { state, primary, members, malformed } = readDatabase(policy.name, entries);
  if (malformed !== undefined) throw malformed;
  const holds = readHolds(entries);
  const key = databaseRebuildKey(policy.name, node);
  const standing = entries.find((entry) => entry.key === key);
  const hold = holdOver(`database/${policy.name}`, holds, session.deps.wallMs());
  return {
    database: policy.name,
    question: { policy, state, hasPrimary: primary !== undefined, members, hold, node },
    standing:
      standing === undefined
        ? undefined
        : { order: rebuildRecord.decode(key, standing.value), revision: standing.modRevision },
  };
}

function databasesIn(store: string, entries: readonly Entry[]): readonly DatabaseFailover[] {
  return policyStandings(store, entries).flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'DatabaseFailover' ? [inForce.policy] : [],
  );
}

function chosen(policies: readonly DatabaseFailover[], node: string, name: string | undefined): DatabaseFailover {
  const names = policies.map((each) => each.name).join(', ') || 'none';
  const having = policies.filter((each) =>
    name === undefined ? each.members.some((member) => member.node === node) : each.name === name,
  );
  const [policy, another] = having;
  if (policy !== undefined && another === undefined) return policy;
  const [only, second] = policies;
  if (name === undefined && policy === undefined && only !== undefined && second === undefined) return only;
  const why = another === undefined ? `no database has the member ${node}` : `${node} is a member of several databases`;
  const wrong = name === undefined ? `${why}; name one with --database` : `there is no database ${name}`;
  throw new CommandFailed(exitCodes.usage, `${wrong} (in force: ${names})`);
}
