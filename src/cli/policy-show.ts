/** `regentctl policy show`: one policy: the text in force, what it means in sentences, and why a newer one was refused. */
import { Command } from 'commander';
import { problemText } from '../policy/admit.ts';
import { explainPolicy } from '../policy/explain.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { allStandings } from './policy-stores.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';

export function policyShowCommand(run: Run): Command {
  return new Command('show')
    .description('show one policy: its text, what it means, and why a newer text was refused')
    .argument('<name>', 'name of the policy')
    .action((name: string, _options: object, command: Command) => run(command, (session) => show(session, name)));
}

async function show(session: Session, name: string): Promise<ExitCode> {
  const found = (await allStandings(session)).filter((each) => each.name === name);
  if (found.length === 0) throw new CommandFailed(exitCodes.refused, `there is no policy ${name}; see policy list`);
  const { strong, bad, faint } = session.colours;
  for (const { store, state, text, inForce, problems } of found) {
    const meaning = inForce?.policy === undefined ? [] : explainPolicy(inForce.policy);
    session.give({ name, store, state, inForce: inForce ?? null, newestText: text ?? null, meaning, problems });
    session.say(strong(`${name} (${store} store, ${state})`));
    for (const sentence of meaning) session.say(`  ${sentence}`);
    for (const each of problems) session.say(bad(`  refused: ${problemText(each)}`));
    const shown = [inForce, text].filter((each) => each !== undefined);
    for (const { revision, content } of state === 'in-force' ? shown.slice(0, 1) : shown) {
      session.say(faint(`# revision ${revision}${revision === inForce?.revision ? ', in force' : ', not in force'}`));
      session.say(content.trimEnd());
    }
  }
  return exitCodes.ok;
}
