/** What a step of a ballot can come to, as macros: it goes on, it waits, it ends. A case names what is different from a good one. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import type { Ballot, DatabaseState, MemberRecord } from '../../../src/core/database/state.ts';
import type { RefusalCode } from '../../../src/core/event.ts';
import { anArbiter, aPolicy, inBallot, records } from './a-database.ts';

export const lossless = aPolicy({ durability: 'lossless' });
export const silentAcker = records('freeze', { 'north-2': null });

/** Records in which one member's is different. */
export function withRecord(members: readonly MemberRecord[], node: string, difference: Partial<MemberRecord>) {
  return members.map((record) => (record.node === node ? { ...record, ...difference } : record));
}

export type Case = Partial<ArbiterSnapshot> & {
  readonly ballot?: Partial<Ballot>;
  readonly in?: Partial<DatabaseState>;
};

function decide(step: 'poll' | 'freeze', { ballot, in: inState, ...difference }: Case) {
  return decideArbiter(anArbiter({ state: inBallot(step, ballot, inState), members: records(step), ...difference }));
}

export const moves = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, expected: Partial<Ballot>) => {
    const decision = decide(step, difference);
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.is(decision.state.phase, 'ballot');
    t.is(decision.state.term, 5n);
    t.like(decision.state.ballot, expected);
  },
  title: (name, step) => `${step}: goes on ${name}`,
});

export const waits = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, code: RefusalCode | null) => {
    const decision = decide(step, difference);
    if (decision.kind !== 'wait') return void t.fail('something was written');
    t.deepEqual(
      decision.refusals.map((event) => event.refusal),
      code === null ? [] : [code],
    );
    const isWaiting = code === 'AckersMissing' || code === 'HoldDown';
    for (const { name } of decision.refusals) {
      t.is(name, isWaiting ? 'database:ballot:waiting' : 'database:promotion:refused');
    }
  },
  title: (name, step) => `${step}: waits ${name}`,
});

export const ends = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, outcome: 'vetoed' | 'abandoned') => {
    const decision = decide(step, difference);
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.is(decision.state.phase, 'steady');
    t.is(decision.state.ballot, null);
    t.is(decision.state.primary, 'north-1');
    t.deepEqual(decision.state.unfinished, { term: 5n, outcome });
    t.deepEqual(decision.state.receipt, difference.ballot?.receipt ?? null);
    t.deepEqual(
      decision.events.map((event) => event.name),
      [`database:ballot:${outcome}`],
    );
  },
  title: (name, step) => `${step}: ends ${name}`,
});
