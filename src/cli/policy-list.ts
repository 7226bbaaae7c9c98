/** `regentctl policy list`: every policy of the stores that this node speaks to, and how it stands. */
import { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { allStandings } from './policy-stores.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import { tableLines } from './table.ts';

export function policyListCommand(run: Run): Command {
  return new Command('list')
    .description('list the policies, where they live and how they stand')
    .action((_options: object, command: Command) => run(command, list));
}

async function list(session: Session): Promise<ExitCode> {
  const standings = await allStandings(session);
  const rows = standings.map(({ name, store, state, text, inForce }) => ({
    name,
    kind: inForce?.policy?.kind ?? null,
    mode: inForce?.policy?.mode ?? null,
    store,
    state,
    revisionInForce: inForce?.revision ?? null,
    revisionOfText: text?.revision ?? null,
  }));
  session.give(rows);
  const head = ['NAME', 'KIND', 'MODE', 'STORE', 'STATE', 'REVISION'];
  const cells = rows.map((each) => [
    each.name,
    each.kind ?? '-',
    each.mode ?? '-',
    each.store,
    each.state,
    `${each.revisionInForce ?? '-'}`,
  ]);
  if (rows.length === 0) session.say('no policies');
  else for (const line of tableLines([head, ...cells], 0)) session.say(line);
  return exitCodes.ok;
}
