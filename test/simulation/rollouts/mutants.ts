/** Planted bugs in the rules of a roll-out by files, each with the checker that has to find it. */
import type { BallotMutant, Schedules } from '../ballot/mutants.ts';

export const ROLLOUTS: Schedules = { file: '../rollouts/world.ts', simulate: 'simulateRollouts' };

const TURNS = 'src/core/identity-rollout.ts';
const DECISION = 'src/core/identity-configuration.ts';
const DUTY = 'src/runtime/duty/configuration-duty.ts';
const REPORTS = 'src/runtime/duty/node-reports.ts';

export const ROLLOUT_MUTANTS: readonly BallotMutant[] = [
  {
    bug: 'the next node does not wait for the one that is at work',
    file: TURNS,
    find: "phase === 'working' && standingMs < givenUpAfterMs",
    replace: "phase === 'working' && standingMs < 0",
    found: 'turn',
  },
  {
    bug: 'a decision that overtakes another begins beside the node that is at work',
    file: TURNS,
    find: 'const busy = facts.reports.filter(',
    replace: 'const busy = (isNew ? [] : facts.reports).filter(',
    found: 'I7',
  },
  {
    bug: 'a turn begins although it was given to somebody else',
    file: REPORTS,
    find: 'return this.#put(report, [standsAt(report.name, readAt)], signal);',
    replace: 'return this.#put(report, readAt < 0n ? [] : [], signal);',
    found: 'I7',
  },
  {
    bug: 'the turn of a node is ended while it begins anew',
    file: 'src/runtime/duty/leader-writes.ts',
    find: '[...values, ...orders, ...holders(desired, view)]',
    replace: '[...values, ...orders, ...holders([], view)]',
    from: 350,
    found: 'turn',
  },
  {
    bug: 'a node counts as done without a trial of its services',
    file: DUTY,
    find: 'const problem = await verifier.service(service, rollout.to, each);',
    replace: 'const problem = rollout.decision > 0n ? undefined : await verifier.service(service, rollout.to, each);',
    found: 'verified',
  },
  {
    bug: 'services that needed no change are not tried',
    file: DUTY,
    find: 'return outcome.ok ? await untried(',
    replace: 'return outcome.ok && tried.size < 0 ? await untried(',
    found: 'verified',
  },
  {
    bug: 'a node goes to a Keystone that issues it no token',
    file: DUTY,
    find: 'const problem = await verifier.keystone(wanted.to, signal);',
    replace: 'const problem = await verifier.keystone(wanted.to, signal).then(() => undefined);',
    from: 500,
    found: 'target',
  },
  {
    bug: 'nodes go on to a Keystone that issues no tokens any more',
    file: TURNS,
    find: 'if (!facts.isTargetProven) return',
    replace: 'if (!facts.isTargetProven && rollout.isBack) return',
    from: 1_200,
    found: 'proof',
  },
  {
    bug: 'a roll-out goes back to a Keystone that nobody has seen work',
    file: DECISION,
    find: 'return isStill && isProven(that, home, !current.readOnly) ?',
    replace: 'return isStill ?',
    found: 'back',
  },
  {
    bug: 'what a node reported under another decision counts',
    file: TURNS,
    find: 'each.node === node && each.decision === decision',
    replace: 'each.node === node && each.decision <= decision',
    found: 'I10',
  },
  {
    bug: 'a node that failed has no other turn',
    file: TURNS,
    find: "return isOver ? 'again' : undefined;",
    replace: "return isOver && report.isRepaired ? 'again' : undefined;",
    found: 'I10',
  },
  {
    bug: 'what a killed process left stands for ever',
    file: DUTY,
    find: "if (report?.phase === 'working') await",
    replace: "if (report?.phase === 'working' && report.isRepaired) await",
    found: 'I10',
  },
  {
    bug: 'files that somebody overwrote are put right for ever',
    file: TURNS,
    find: 'facts.drifted.has(node) && !report.isRepaired',
    replace: 'facts.drifted.has(node)',
    found: 'drift',
  },
];
