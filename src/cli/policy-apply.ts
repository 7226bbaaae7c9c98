/**
 * `regentctl policy apply`: judges files here, shows what they change, puts their texts into the right store, and waits
 * for the word of those who rule there: the region's leader, or the arbiter for databases. A text that is not good is
 * not put; a text that is refused there leaves the last good version in force.
 */
import { Command } from 'commander';
import type { PolicyProblem } from '../core/policy.ts';
import { judge, problemText } from '../policy/admit.ts';
import type { FieldChange } from '../policy/diff.ts';
import { policyWarnings } from '../policy/warnings.ts';
import { acceptedKey, policyKey, rejectedKey } from '../store/keys.ts';
import { acceptedRecord, rejectedRecord } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { changesBy, sayChanges } from './policy-diff.ts';
import { type GoodFile, goodFiles, readPolicyFiles, sayVerdict, unreadable } from './policy-files.ts';
import { inForceOf, type PolicyPlace, placeFor } from './policy-stores.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { pause } from './wait.ts';

interface ApplyOptions {
  readonly wait: string;
}

const EXAMPLES = `
Examples:
  regentctl policy apply policies/*.yaml
  regentctl policy apply --wait 0 database.yaml    # put it, and do not wait for the verdict`;

export function policyApplyCommand(run: Run): Command {
  return new Command('apply')
    .description('put policies into force: judge, show the difference, put, wait for the verdict')
    .argument('<file...>', 'policy files; - for stdin')
    .option('--wait <seconds>', 'how long to wait for the verdict on each', '15')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: ApplyOptions, command: Command) =>
      run(command, (session) => apply(session, files, options)),
    );
}

type Outcome = 'unchanged' | 'accepted' | 'rejected' | 'undecided' | 'put';

interface Result {
  readonly name: string;
  readonly store: string;
  readonly outcome: Outcome;
  readonly revision: bigint | undefined;
  readonly changes: readonly FieldChange[];
  readonly problems: readonly PolicyProblem[];
}

async function apply(session: Session, names: readonly string[], { wait }: ApplyOptions): Promise<ExitCode> {
  if (!/^\d{1,4}$/.test(wait)) throw new CommandFailed(exitCodes.usage, `--wait ${wait}: write whole seconds`);
  const files = await readPolicyFiles(session, names);
  const bad = unreadable(files);
  for (const verdict of bad) sayVerdict(session, verdict);
  if (bad.length > 0) {
    session.give(bad);
    session.warn('nothing was put');
    return exitCodes.refused;
  }
  const results: Result[] = [];
  for (const file of goodFiles(files)) {
    const result = await applyOne(session, file, Number(wait) * 1000);
    results.push(result);
    sayResult(session, result);
    if (result.outcome === 'rejected') break;
  }
  session.give(results);
  if (results.some((each) => each.outcome === 'rejected')) return exitCodes.refused;
  return results.some((each) => each.outcome === 'undecided') ? exitCodes.undecided : exitCodes.ok;
}

async function applyOne(session: Session, file: GoodFile, waitMs: number): Promise<Result> {
  const place = await placeFor(session, file.policy.kind);
  const { name } = file.policy;
  const changes = changesBy(file, place.standings);
  const base = { name, store: place.store.name, changes, revision: undefined, problems: [] };
  const standing = place.standings.find((each) => each.name === name);
  if (standing?.state === 'in-force' && standing.text?.content === file.text) return { ...base, outcome: 'unchanged' };
  const problems = judgedHere(file, place);
  if (problems.length > 0) return { ...base, outcome: 'rejected', problems };
  sayChanges(session, name, changes);
  for (const warning of policyWarnings(file.policy)) session.warn(`${file.file}: ${warning}`);
  const revision = await put(place.store, file, standing?.text?.revision ?? 0n);
  if (waitMs === 0) return { ...base, outcome: 'put', revision };
  return { ...base, revision, ...(await verdict(session, place.store, name, revision, waitMs)) };
}

function judgedHere({ text, policy }: GoodFile, { standings, world }: PolicyPlace): readonly PolicyProblem[] {
  const inForce = inForceOf(standings);
  const previous = inForce.find((each) => each.name === policy.name)?.policy;
  const judged = judge({ name: policy.name, text }, inForce, previous, world);
  return judged.ok ? [] : judged.problems;
}

/** @throws CommandFailed if somebody else has edited the policy since it was read */
async function put(store: Store, { text, policy }: GoodFile, readRevision: bigint): Promise<bigint> {
  const key = policyKey(policy.name);
  const { committed, revision } = await store.transact(
    [{ key, target: 'mod', equals: readRevision }],
    [{ kind: 'put', key, value: text }],
  );
  if (committed) return revision;
  throw new CommandFailed(exitCodes.refused, `${policy.name} was edited by somebody else meanwhile; look at it again`);
}

const LOOK_EVERY_MS = 250;

async function verdict(
  { deps }: Session,
  store: Store,
  name: string,
  revision: bigint,
  waitMs: number,
): Promise<Pick<Result, 'outcome' | 'problems'>> {
  const deadlineAt = deps.clock.nowMs() + waitMs;
  for (;;) {
    const [accepted, rejected] = await Promise.all([store.get(acceptedKey(name)), store.get(rejectedKey(name))]);
    if (accepted.entry !== undefined) {
      const record = acceptedRecord.decode(accepted.entry.key, accepted.entry.value);
      if (record.revision === revision) return { outcome: 'accepted', problems: [] };
    }
    if (rejected.entry !== undefined) {
      const record = rejectedRecord.decode(rejected.entry.key, rejected.entry.value);
      if (record.revision === revision) return { outcome: 'rejected', problems: record.problems };
    }
    if (deps.interrupted.aborted || deps.clock.nowMs() >= deadlineAt) return { outcome: 'undecided', problems: [] };
    await pause(LOOK_EVERY_MS, deps.timers, deps.interrupted);
  }
}

function sayResult(session: Session, { name, store, outcome, revision, problems }: Result): void {
  const { good, bad, warning } = session.colours;
  const said = {
    unchanged: `${name}: this text is in force already`,
    accepted: good(`${name}: in force (revision ${revision} of the ${store} store)`),
    put: warning(`${name}: put at revision ${revision}; not waiting for the verdict`),
    undecided: warning(`${name}: put at revision ${revision}, and nobody has judged it yet; see regentctl status`),
    rejected: bad(`${name}: refused${revision === undefined ? '; it was not put' : '; the last good version stays'}`),
  };
  session.say(said[outcome]);
  for (const each of problems) session.say(`  ${problemText(each)}`);
}
