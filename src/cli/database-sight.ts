/** What the store says about one database, for a command that gives an order about it. */
import type { Hold } from '../core/holds.ts';
import { holdOver } from '../core/holds.ts';
import type { DatabaseFailover } from '../core/policy.ts';
import { type DatabaseView, readDatabase } from '../runtime/duty/database-view.ts';
import { holdOf } from '../runtime/duty/region-view.ts';
import { parseKey, prefixes } from '../store/keys.ts';
import { holdRecord } from '../store/schema.ts';
import type { Entry, Store } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface DatabaseSight {
  readonly policy: DatabaseFailover;
  readonly view: DatabaseView;
  readonly hold: Hold | undefined;
  readonly store: Store;
}

/**
 * @param name - of the policy; undefined = the only database
 * @throws CommandFailed if the store does not answer, the database is not known, or what stands there cannot be read
 */
export async function seeDatabase(session: Session, name: string | undefined): Promise<DatabaseSight> {
  const { global: store } = await session.stores();
  const entries = await requireContents(store, [...policyPrefixes, prefixes.databases, prefixes.holds]);
  const policies = policyStandings(store.name, entries).flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'DatabaseFailover' ? [inForce.policy] : [],
  );
  const policy = chosen(policies, name);
  const view = readDatabase(policy.name, entries);
  if (view.malformed !== undefined) throw view.malformed;
  const hold = holdOver(`database/${policy.name}`, entries.flatMap(readHold), session.deps.wallMs());
  return { policy, view, hold, store };
}

/** Whole seconds. @throws CommandFailed naming the option */
export function secondsOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new CommandFailed(exitCodes.usage, `${option} ${text}: write whole seconds, 1 to 9999`);
  }
  return Number(text);
}

function chosen(policies: readonly DatabaseFailover[], name: string | undefined): DatabaseFailover {
  const known = policies.map((policy) => policy.name).join(', ') || 'none';
  const found = name === undefined ? (policies.length === 1 ? policies[0] : undefined) : named(policies, name);
  if (found !== undefined) return found;
  const wanted = name === undefined ? 'name the database' : `there is no database ${name}`;
  throw new CommandFailed(exitCodes.usage, `${wanted}; policies in force: ${known}`);
}

const named = (policies: readonly DatabaseFailover[], name: string) => policies.find((each) => each.name === name);

function readHold({ key, value }: Entry): readonly Hold[] {
  const parsed = parseKey(key);
  return parsed?.name === 'hold' ? [holdOf(parsed.parts.scope ?? '', holdRecord.read(key, value))] : [];
}
