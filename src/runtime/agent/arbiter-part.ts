/**
 * The arbiter between the regions: elected in the global store among the agents that speak to it, judge of the
 * databases' policies, runner of their ballots. It needs no database connection and no regional store. Those who are not
 * elected watch the databases as well: the arbiter and a primary may be lost together, and a successor that saw the
 * primary go does not have to wait for it.
 */

import { arbiterKey, prefixes } from '../../store/keys.ts';
import { ArbiterDuty } from '../duty/arbiter-duty.ts';
import { readDatabase } from '../duty/database-view.ts';
import { concernsKeys } from '../duty/keys-view.ts';
import { areMemberWords } from '../duty/member-words.ts';
import { PolicyDuty, type PolicyDutyDeps } from '../duty/policy-duty.ts';
import { readHolds } from '../duty/region-view.ts';
import type { Agent } from './agent.ts';
import { Candidacy, LateView } from './candidacy.ts';
import { keysLoopOf } from './keys-duties.ts';
import { globalStoreSites } from './leader-part.ts';
import { joined, type MirrorSet } from './mirror-set.ts';
import { PolicyBook } from './policy-book.ts';

/** What everybody who stands watches: all that a ballot is opened and run by. */
const WATCHED = [prefixes.databases, prefixes.accepted, prefixes.holds];
/** What only the arbiter needs beside that, to judge the texts of policies, and for the keys of Keystone. */
const JUDGED = [prefixes.policies, prefixes.rejected, prefixes.nodes, prefixes.regions, prefixes.keys];
/** The arbiter's own pace, for what no watch tells; a ballot has its own, faster one. */
const TICK_MS = 1_000;
const TIMEOUT_MS = 5_000;

export async function standForArbiter(agent: Agent): Promise<Candidacy> {
  const store = agent.parts.stores.global;
  const duties = new Map<string, ArbiterDuty>();
  const judged = new LateView();
  let mirrors: MirrorSet | undefined;
  const wake = (keys?: readonly string[]) => {
    arbiterLoop.wake();
    if (policies?.wants(keys)) policyLoop.wake();
    if (concernsKeys(keys)) keysLoop.wake();
  };
  // An agent that cannot reach the store that it would arbitrate in says so by this view, also while it does not lead.
  const view = agent.mirrors.open(store, WATCHED, (keys) => {
    if (candidacy.epoch() !== undefined || !areMemberWords(keys)) wake(keys);
  });
  const book = new PolicyBook(view, (detail) => agent.parts.logger.error({ detail }, 'a policy cannot be read'));
  const candidacy = new Candidacy(agent, {
    name: 'arbiter',
    store,
    key: arbiterKey(),
    onElected: () => {
      mirrors = agent.mirrors.open(store, JUDGED, wake);
      judged.target = mirrors;
      wake();
    },
    onDeposed: () => {
      judged.target = undefined;
      if (mirrors !== undefined) void agent.mirrors.close(mirrors);
      mirrors = undefined;
    },
  });
  const policies = agent.parts.stores.isOne ? undefined : policyDuty(agent, joined(view, judged), candidacy, book);
  const dutyFor = (database: string): ArbiterDuty => {
    const known = duties.get(database);
    if (known !== undefined) return known;
    const duty = new ArbiterDuty({
      database,
      policy: () => book.database(database),
      holds: () => readHolds(view.entries()),
      view,
      store,
      leadership: candidacy,
      record: agent.record,
      clock: agent.clock,
      wallMs: agent.wallMs,
    });
    duties.set(database, duty);
    return duty;
  };
  const arbiterLoop = agent.loop({
    name: 'arbiter',
    everyMs: TICK_MS,
    timeoutMs: TIMEOUT_MS,
    tick: async (signal) => {
      const wanted: (number | undefined)[] = [];
      const names = book.ofKind('DatabaseFailover').map(({ policy }) => policy.name);
      for (const name of duties.keys()) if (!names.includes(name)) duties.delete(name);
      for (const name of names) wanted.push(await dutyFor(name).tick(signal));
      return soonest(wanted);
    },
  });
  const policyLoop = agent.loop({
    name: 'global-policies',
    everyMs: 10 * TICK_MS,
    timeoutMs: TIMEOUT_MS,
    tick: async (signal) => policies?.tick(signal),
  });
  const keysLoop = keysLoopOf(agent, { view, judged, leadership: candidacy, book });
  for (const each of [arbiterLoop, policyLoop, keysLoop, candidacy]) await each.start();
  return candidacy;
}

function policyDuty(agent: Agent, view: PolicyDutyDeps['view'], leadership: Candidacy, book: PolicyBook): PolicyDuty {
  return new PolicyDuty({
    store: agent.parts.stores.global,
    view,
    leadership,
    scope: 'global',
    region: undefined,
    databases: () => book.ofKind('DatabaseFailover').map((each) => each.policy),
    isManaged: (database) => readDatabase(database, view.entries()).primary !== undefined,
    globalStoreSites: globalStoreSites(agent),
    record: agent.record,
  });
}

/** The least of the wanted times; undefined if nobody wants anything. */
export function soonest(wanted: readonly (number | undefined)[]): number | undefined {
  const times = wanted.filter((each) => each !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
