/**
 * Planted bugs: each takes one rule of the database's failover out of a copy of the real sources and runs the same
 * schedules on that copy. A checker that does not find them is no checker.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from '../mutants.ts';
import type { RunResult } from '../world.ts';

const MEMBER_BALLOT = 'src/core/database/member-ballot.ts';
const ACTIONS = 'src/runtime/duty/member-actions.ts';

/** A bug in the real sources, and a second one without which the first is made up for. */
export interface BallotMutant extends Mutant {
  readonly also?: Pick<Mutant, 'file' | 'find' | 'replace'>;
}

const FENCE_SLEEPS = {
  file: 'src/core/dead-mans-switch.ts',
  find: 'if (nowBootMs >= dueBootMs) {',
  replace: 'if (nowBootMs >= dueBootMs * 1_000) {',
};

export const BALLOT_MUTANTS: readonly BallotMutant[] = [
  {
    bug: 'the ackers are not counted',
    file: 'src/core/database/ackers.ts',
    find: 'if (silent.length > 0) return',
    replace: 'if (silent.length > 1_000) return',
    found: 'I2',
  },
  {
    bug: 'a candidate does not fetch what another one received, and nobody asks',
    file: 'src/core/database/candidate.ts',
    find: "if (order === 'ahead') best = other;",
    replace: '',
    found: 'I2',
  },
  {
    bug: 'a candidate is opened without all that was received',
    file: 'src/core/database/promotion.ts',
    find: '  return contains(mergePositions(answer.appliedPos, answer.binlogPos), catchUp.until);',
    replace: '  return true;',
    from: 2_050,
    found: 'I2',
  },
  {
    bug: 'a candidate is not recorded with its key',
    file: MEMBER_BALLOT,
    find: '    primary: snapshot.node,\n    primaryInvocation: invocation,\n',
    replace: '',
    found: 'I10',
  },
  {
    bug: 'a server that has lost its right is closed by nobody',
    file: 'src/runtime/duty/server-closer.ts',
    find: '  close(cause: string, context: ClosingContext): Promise<void> {',
    replace: '  close(cause: string, context: ClosingContext): Promise<void> {\n    return Promise.resolve();',
    also: FENCE_SLEEPS,
    found: 'I1',
  },
  {
    bug: 'a candidate opens without the key',
    file: MEMBER_BALLOT,
    find: '  if (!snapshot.holdsRights) {',
    replace: '  if (Number(state.term) < 0) {',
    found: 'I10',
  },
  {
    bug: 'a server with errant writes joins',
    file: 'src/core/database/member-replica.ts',
    find: 'if (errant.length > 0) return quarantine(',
    replace: 'if (errant.length > 1_000) return quarantine(',
    found: 'I2',
  },
  {
    bug: 'a member that stopped receiving with an error counts as following',
    file: 'src/core/database/member-replica.ts',
    find: '(replication.connecting ?? replication.receiveError !== null)',
    replace: 'replication.receiveError !== null',
    found: 'I10',
  },
  {
    bug: 'a loss is counted without the time that a row was on its way',
    file: 'src/core/database/loss.ts',
    find: 'sinceLastContact + answer.arrivalLagMs',
    replace: 'sinceLastContact',
    found: 'I2',
  },
  {
    bug: 'a loss is counted as if the primary had had no right since its last row',
    file: 'src/core/database/loss.ts',
    find: 'Math.max(1, Math.ceil(sinceLastContact + answer.arrivalLagMs))',
    replace: '1',
    found: 'I2',
  },
  {
    bug: "the dead man's switch does nothing at the deadline",
    ...FENCE_SLEEPS,
    found: 'I1',
  },
  {
    bug: 'another lease of the same process makes a lost key look held',
    file: 'src/runtime/duty/lease-on-demand.ts',
    find: 'if (this.#holder?.leaseId !== leaseId) return 0;',
    replace: 'if (this.#holder === undefined || leaseId === undefined) return 0;',
    found: 'I3',
  },
  {
    bug: 'promises are not asked for',
    file: 'src/runtime/duty/promise-asker.ts',
    find: 'if (right.isAlive) for (const',
    replace: 'if (right.isAlive && this.#isStopped) for (const',
    found: 'I5',
  },
  {
    bug: 'a switchover gives the key away before the server is closed',
    file: ACTIONS,
    find: `    await closer.close(action.cause, snapshot);
    if ((await process.invocation(signal)) !== state.primaryInvocation) return false;
    const closed = await server.look(signal);
    if (!closed.readOnly) return false;
`,
    replace: '    const closed = await server.look(signal);\n',
    found: 'I1',
  },
  {
    bug: 'the candidate of a switchover is opened without the last position',
    file: ACTIONS,
    find: 'handedOver(snapshot, state, action, closed.binlogPos)',
    replace: "handedOver(snapshot, state, action, '')",
    found: 'I2',
  },
  {
    bug: 'an order is obeyed in another term',
    file: 'src/core/database/order.ts',
    find: '  if (order.term !== state.term) {',
    replace: '  if (order.term < 0n) {',
    from: 400,
    found: 'order',
  },
  {
    bug: 'an accepted loss overrides a veto',
    file: 'src/core/database/veto.ts',
    find: '  if (ballot.receipt !== null) return undefined;',
    replace: '  if (ballot.receipt !== null || arguments[0].order !== undefined) return undefined;',
    from: 370,
    found: 'order',
  },
  {
    bug: 'a server replicates under the id that it writes under',
    file: 'src/actuator/mariadb-identity.ts',
    find: 'return configuredId(serverId) + REPLICA_BIT;',
    replace: 'return configuredId(serverId);',
    found: 'I2',
  },
];

/** Which schedules to run: a file beside this one, and what it exports. */
export interface Schedules {
  readonly file: string;
  readonly simulate: string;
}

const ALL: Schedules = { file: 'world.ts', simulate: 'simulateBallots' };
export const ACKERS: Schedules = { file: 'acker-world.ts', simulate: 'simulateAckers' };
export const PROMISES: Schedules = { file: 'promise-world.ts', simulate: 'simulatePromises' };
export const LOSSES: Schedules = { file: 'cooldown-world.ts', simulate: 'simulateLosses' };
export const THAWS: Schedules = { file: 'thaw-world.ts', simulate: 'simulateThaws' };
export const UNWATCHED: Schedules = { file: 'standby-world.ts', simulate: 'simulateUnwatched' };

/** @returns the first run that violates the mutant's invariant, or undefined if none of the seeds does. */
export async function huntBallots(
  mutant: BallotMutant,
  root: string,
  seeds: number,
  { file, simulate }: Schedules = ALL,
): Promise<RunResult | undefined> {
  const copy = await mkdtemp(join(tmpdir(), 'regent-ballot-mutant-'));
  try {
    for (const part of ['package.json', 'src', 'test/simulation', 'test/fakes']) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const change of [mutant, mutant.also ?? []].flat()) {
      const path = join(copy, change.file);
      const source = await readFile(path, 'utf8');
      if (source.split(change.find).length !== 2) throw new Error(`${change.file} must contain once: ${change.find}`);
      await writeFile(path, source.replace(change.find, change.replace));
    }
    const world = (await import(pathToFileURL(join(copy, 'test/simulation/ballot', file)).href)) as Readonly<
      Record<string, (seed: number) => Promise<RunResult>>
    >;
    const run = world[simulate];
    if (run === undefined) throw new Error(`${file} exports no ${simulate}`);
    const first = mutant.from ?? 1;
    for (let seed = first; seed < first + seeds; seed++) {
      const result = await run(seed);
      if (result.found.some(({ invariant }) => invariant === mutant.found)) return result;
    }
    return undefined;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
