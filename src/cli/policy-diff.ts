/** `regentctl policy diff`: what a file would change in the policy that is in force, field by field. */
import { Command } from 'commander';
import { diffPolicies, type FieldChange } from '../policy/diff.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type GoodFile, goodFiles, readPolicyFiles, sayVerdict, unreadable } from './policy-files.ts';
import { inForceOf, placeFor } from './policy-stores.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';

export function policyDiffCommand(run: Run): Command {
  return new Command('diff')
    .description('show what a file would change in the policy that is in force')
    .argument('<file>', 'policy file; - for stdin')
    .addHelpText('after', '\nExample:\n  regentctl policy diff database.yaml')
    .action((file: string, _options: object, command: Command) => run(command, (session) => diff(session, file)));
}

async function diff(session: Session, file: string): Promise<ExitCode> {
  const files = await readPolicyFiles(session, [file]);
  for (const verdict of unreadable(files)) {
    session.give({ file, problems: verdict.problems });
    sayVerdict(session, verdict);
  }
  const [good] = goodFiles(files);
  if (good === undefined) return exitCodes.refused;
  const { standings } = await placeFor(session, good.policy.kind);
  const changes = changesBy(good, standings);
  session.give({ name: good.policy.name, changes });
  sayChanges(session, good.policy.name, changes);
  return exitCodes.ok;
}

/** Against what is in force, not against a newer text that was refused. */
export function changesBy({ policy }: GoodFile, standings: Parameters<typeof inForceOf>[0]): readonly FieldChange[] {
  const before = inForceOf(standings).find((each) => each.name === policy.name)?.policy;
  return diffPolicies(before, policy);
}

export function sayChanges(session: Session, name: string, changes: readonly FieldChange[]): void {
  const { good, bad, strong } = session.colours;
  if (changes.length === 0) session.say(`${name}: no difference to what is in force`);
  else session.say(strong(name));
  for (const { field, before, after } of changes) {
    if (before !== undefined) session.say(bad(`  - ${field}: ${before}`));
    if (after !== undefined) session.say(good(`  + ${field}: ${after}`));
  }
}
