/**
 * `regentctl policy check`: judges files as the agents would, and changes nothing. With stores at hand it knows nodes,
 * regions and the other policies; without them, and for policies of another region, it checks what the files alone
 * can tell, and says so.
 */
import { Command } from 'commander';
import { isGlobal } from '../core/policy.ts';
import { judge, type PolicyInForce } from '../policy/admit.ts';
import { policyWarnings } from '../policy/warnings.ts';
import { ASSUMED_TIMING, type PolicyWorld } from '../policy/world.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type FileVerdict, type GoodFile, goodFiles, readPolicyFiles, sayVerdict, unreadable } from './policy-files.ts';
import { inForceOf, placeFor } from './policy-stores.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';

interface CheckOptions {
  readonly offline?: true;
}

const EXAMPLES = `
Examples:
  regentctl policy check policies/*.yaml
  regentctl policy check --offline database.yaml`;

/** Enough for every promotion between regions: offline, nobody can tell. */
const ASSUMED_SITES = 3;

export function policyCheckCommand(run: Run): Command {
  return new Command('check')
    .description('judge policy files without changing anything')
    .argument('<file...>', 'policy files; - for stdin')
    .option('--offline', 'ask no store: names of nodes and regions are not checked')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: CheckOptions, command: Command) =>
      run(command, (session) => check(session, files, options)),
    );
}

async function check(session: Session, names: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const files = await readPolicyFiles(session, names);
  const good = goodFiles(files);
  const verdicts: FileVerdict[] = [...unreadable(files)];
  const reason = options.offline === true ? undefined : await whyOffline(session);
  if (reason !== undefined) session.warn(`names are not checked: ${reason}`);
  const isOffline = options.offline === true || reason !== undefined;
  for (const each of good) {
    const problems =
      isOffline || (await isElsewhere(session, each)) ? offline(each, good) : await online(session, each, good);
    verdicts.push({ file: each.file, name: each.policy.name, problems });
    for (const warning of policyWarnings(each.policy)) session.warn(`${each.file}: ${warning}`);
  }
  session.give(verdicts);
  for (const verdict of verdicts) sayVerdict(session, verdict);
  return verdicts.every((each) => each.problems.length === 0) ? exitCodes.ok : exitCodes.refused;
}

/** @returns undefined if the stores can be asked */
async function whyOffline(session: Session): Promise<string | undefined> {
  try {
    await placeFor(session, 'DatabaseFailover');
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return error.message;
    throw error;
  }
}

async function isElsewhere(session: Session, { policy }: GoodFile): Promise<boolean> {
  const { regional } = await session.stores();
  if (isGlobal(policy)) return false;
  return regional === undefined || policy.region !== (await session.config()).region;
}

async function online(session: Session, file: GoodFile, all: readonly GoodFile[]): Promise<FileVerdict['problems']> {
  const { standings, world } = await placeFor(session, file.policy.kind);
  const inForce = inForceOf(standings);
  const beside = neighbours(file, all);
  const others = [...inForce.filter(({ name }) => !beside.some((each) => each.name === name)), ...beside];
  const previous = inForce.find((each) => each.name === file.policy.name)?.policy;
  return problemsOf(file, others, world, previous);
}

function offline(file: GoodFile, all: readonly GoodFile[]): FileVerdict['problems'] {
  const world: PolicyWorld = {
    store: 'only',
    region: undefined,
    nodes: [],
    regions: undefined,
    databases: [],
    globalStoreSites: ASSUMED_SITES,
    timing: ASSUMED_TIMING,
  };
  const problems = problemsOf(file, neighbours(file, all), world, undefined);
  // The database's policy may be in the store that was not asked.
  const isNamed = all.some(({ policy }) => policy.kind === 'DatabaseFailover');
  return isNamed || !('database' in file.policy) ? problems : problems.filter(({ field }) => field !== 'database');
}

function problemsOf(
  { text, policy }: GoodFile,
  others: readonly PolicyInForce[],
  world: PolicyWorld,
  previous: GoodFile['policy'] | undefined,
): FileVerdict['problems'] {
  const verdict = judge({ name: policy.name, text }, others, previous, world);
  return verdict.ok ? [] : verdict.problems;
}

/** Policies that would be in force beside it: those of its region, and the databases. */
function neighbours({ file, policy }: GoodFile, all: readonly GoodFile[]): readonly PolicyInForce[] {
  const region = isGlobal(policy) ? undefined : policy.region;
  return all
    .filter((each) => each.file !== file)
    .map((each) => each.policy)
    .filter((each) => isGlobal(each) || region === undefined || each.region === region)
    .map((each) => ({ name: each.name, revision: 0n, policy: each }));
}
