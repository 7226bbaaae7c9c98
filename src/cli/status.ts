/** `regentctl status`: one screen that says how everything is, and an exit code that says whether all is well. */
import { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import { statusLines } from './status-screen.ts';
import { takeSnapshot } from './status-snapshot.ts';
import { viewStatus } from './status-view.ts';
import { pause } from './wait.ts';

interface StatusOptions {
  readonly watch?: true;
}

const WATCH_EVERY_MS = 2000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export function statusCommand(run: Run): Command {
  return new Command('status')
    .description('show regions, leader, arbiter, virtual IPs, databases, identity routes, policies and holds')
    .option('-w, --watch', 'show it again every 2 seconds, until Ctrl-C')
    .addHelpText('after', '\nExamples:\n  regentctl status\n  regentctl status --json | jq .complaints')
    .action((options: StatusOptions, command: Command) => run(command, (session) => status(session, options)));
}

async function status(session: Session, { watch }: StatusOptions): Promise<ExitCode> {
  const { interrupted, isTerminal, timers } = session.deps;
  let code = await show(session);
  while (watch === true && !interrupted.aborted) {
    await pause(WATCH_EVERY_MS, timers, interrupted);
    if (interrupted.aborted) break;
    if (isTerminal && !session.isJson) session.say(CLEAR_SCREEN);
    code = await show(session);
  }
  return code;
}

async function show(session: Session): Promise<ExitCode> {
  const view = viewStatus(await takeSnapshot(session));
  session.give(view);
  for (const line of statusLines(view, session.colours)) session.say(line);
  if (view.stores.every((store) => !store.isReachable)) return exitCodes.storeUnreachable;
  return view.complaints.length === 0 ? exitCodes.ok : exitCodes.degraded;
}
