/** `regentctl policy delete`: ends the management of what a policy names. Nothing is changed on the nodes. */
import { Command } from 'commander';
import { acceptedKey, policyKey } from '../store/keys.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { allStandings } from './policy-stores.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { pause } from './wait.ts';

interface DeleteOptions {
  readonly wait: string;
}

const LOOK_EVERY_MS = 250;

export function policyDeleteCommand(run: Run): Command {
  return new Command('delete')
    .description('end the management of what a policy names; nothing is changed on the nodes')
    .argument('<name>', 'name of the policy')
    .option('--wait <seconds>', 'how long to wait until its management has ended', '15')
    .action((name: string, options: DeleteOptions, command: Command) =>
      run(command, (session) => remove(session, name, options)),
    );
}

async function remove(session: Session, name: string, { wait }: DeleteOptions): Promise<ExitCode> {
  if (!/^\d{1,4}$/.test(wait)) throw new CommandFailed(exitCodes.usage, `--wait ${wait}: write whole seconds`);
  const standing = (await allStandings(session)).find((each) => each.name === name && each.text !== undefined);
  if (standing?.text === undefined) throw new CommandFailed(exitCodes.refused, `there is no policy ${name}`);
  const { regional, global } = await session.stores();
  const store = standing.store === global.name || regional === undefined ? global : regional;
  const key = policyKey(name);
  const { committed } = await store.transact(
    [{ key, target: 'mod', equals: standing.text.revision }],
    [{ kind: 'delete', key }],
  );
  if (!committed) throw new CommandFailed(exitCodes.refused, `${name} was edited by somebody else meanwhile`);
  const { clock, timers, interrupted } = session.deps;
  const deadlineAt = clock.nowMs() + Number(wait) * 1000;
  let isManaged = standing.inForce !== undefined;
  while (isManaged && clock.nowMs() < deadlineAt && !interrupted.aborted) {
    isManaged = (await store.get(acceptedKey(name))).entry !== undefined;
    if (isManaged) await pause(LOOK_EVERY_MS, timers, interrupted);
  }
  session.give({ name, store: store.name, outcome: isManaged ? 'undecided' : 'removed' });
  session.say(
    isManaged
      ? `${name}: deleted, and nobody has ended its management yet; see regentctl status`
      : `${name}: deleted; it is no longer managed, and nothing was changed on the nodes`,
  );
  return isManaged ? exitCodes.undecided : exitCodes.ok;
}
