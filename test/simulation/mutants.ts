/**
 * Planted bugs: each takes one rule out of a copy of the real sources and runs the same simulation on that copy. A
 * checker that does not find them is no checker, so every one must be found within some seeds.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunResult, simulate } from './world.ts';

export interface Mutant {
  /** The rule that is missing, as a sentence about the code without it. */
  readonly bug: string;
  /** Relative to the top of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** First seed, for a bug that few schedules show; it is one of the regressions. Default 1. */
  readonly from?: number;
  /** The invariant whose checker finds it. */
  readonly found: string;
}

const HOLDER = 'src/store/lease-holder.ts';
const ELECTION = 'src/store/election.ts';
const AGENT = 'test/simulation/agent.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    bug: 'the deadline is counted from the receipt of an answer',
    file: HOLDER,
    find: 'this.#confirmed(leaseId, sentAt, ttlMs);',
    replace: 'this.#confirmed(leaseId, clock.nowMs(), ttlMs);',
    found: 'I1',
  },
  {
    bug: 'the deadline has no margin',
    file: 'src/core/lease.ts',
    find: 'lease.ttlMs - lease.marginMs',
    replace: 'lease.ttlMs',
    found: 'I1',
  },
  {
    bug: 'the deadline is the one of the wall clock',
    file: AGENT,
    find: 'clock: machine.clock,',
    replace: 'clock: machine.wallClock,',
    found: 'I1',
  },
  {
    bug: 'a renewal counts although its leader had no majority',
    file: HOLDER,
    find: '{ confirm: this.#options.isExclusive ?? true }',
    replace: '{ confirm: false }',
    found: 'I1',
  },
  {
    bug: 'a lease without an answer is believed for twice its TTL',
    file: 'src/core/lease.ts',
    find: 'lease.ttlMs - lease.marginMs',
    replace: '2 * lease.ttlMs - lease.marginMs',
    found: 'I1',
  },
  {
    bug: 'the campaign key is overwritten',
    file: ELECTION,
    find: 'store.transact([this.guard(0n)], [',
    replace: 'store.transact([], [',
    found: 'I1',
  },
  {
    bug: 'a leader writes without the guard',
    file: AGENT,
    find: 'store.transact([election.guard(epoch)], [write])',
    replace: 'store.transact([], [write])',
    found: 'I1',
  },
  {
    bug: 'a restarted agent forgets its lease',
    file: HOLDER,
    find: 'this.#remembered = remembered?.leaseId;',
    replace: 'this.#remembered = undefined;',
    found: 'I5',
  },
  {
    bug: 'a lease is given up for good at its deadline',
    file: HOLDER,
    find: "      this.#lost('DeadlinePassed');",
    replace: "      this.#lease = undefined;\n      this.#lost('DeadlinePassed');",
    found: 'I5',
  },
  {
    bug: 'who resigned and stands again takes its old epoch back',
    file: ELECTION,
    find: '(this.#isAside || entry.createRevision === this.#givenAway)',
    replace: 'this.#isAside',
    from: 105_690,
    found: 'I1',
  },
  {
    bug: 'a holder that hears nothing goes on renewing',
    file: HOLDER,
    find: 'if (this.#lease !== undefined && !this.isHeld(clock.nowMs())) await store.get(PROOF_KEY);',
    replace: '',
    found: 'I10',
  },
  {
    bug: 'a candidate whose watch was interrupted never looks again',
    file: ELECTION,
    find: 'const LOOK_EVERY_TTLS = 4;',
    replace: 'const LOOK_EVERY_TTLS = 1e6;',
    found: 'I10',
  },
];

/** @returns the first run that violates the mutant's invariant, or undefined if none of the seeds does. */
export async function hunt(mutant: Mutant, root: string, seeds: number): Promise<RunResult | undefined> {
  const copy = await mkdtemp(join(tmpdir(), 'regent-mutant-'));
  try {
    for (const part of ['package.json', 'src/core', 'src/store', 'test/simulation']) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    const path = join(copy, mutant.file);
    const source = await readFile(path, 'utf8');
    if (source.split(mutant.find).length !== 2) throw new Error(`${mutant.file} must contain once: ${mutant.find}`);
    await writeFile(path, source.replace(mutant.find, mutant.replace));
    const world = (await import(pathToFileURL(join(copy, 'test/simulation/world.ts')).href)) as {
      simulate: typeof simulate;
    };
    const from = mutant.from ?? 1;
    for (let seed = from; seed < from + seeds; seed++) {
      const result = await world.simulate(seed);
      if (result.found.some(({ invariant }) => invariant === mutant.found)) return result;
    }
    return undefined;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
