/**
 * The bed's command: turns words into calls of the library and outcomes into exit codes (0 done, 1 failed, 2 wrong usage,
 * 130 interrupted; `exec` passes its program's code on). It holds no rule of the bed.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command, CommanderError } from 'commander';
import { addFaultTable } from '../faults/command.ts';
import { applyPolicies } from './apply-policies.ts';
import { bedDown, bedUp, withBedLock } from './bed.ts';
import { removeCache } from './cache.ts';
import { entry } from './exec.ts';
import { cut, freeze, heal, killUnit, thaw } from './faults.ts';
import { linesWithElapsedTime } from './progress.ts';
import { bedStatus, formatStatus } from './status.ts';
import { HOSTS } from './topology.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const progress = linesWithElapsedTime((line) => process.stderr.write(`${line}\n`));

function createProgram(signal: AbortSignal): Command {
  const program = new Command('bed').description(
    'A cloud of two regions and a witness, on this machine, for breaking.',
  );
  program.exitOverride().showHelpAfterError('(--help shows the commands)').enablePositionalOptions();
  program.addHelpText(
    'after',
    `\nHosts: ${HOSTS.map((host) => host.name).join(', ')}\nClients: client-north, client-south. Sites: north, south, witness.`,
  );
  addLifeCycle(program, signal);
  addLookingAround(program);
  addFaults(program);
  addFaultTable(program, signal);
  return program;
}

function addLifeCycle(program: Command, signal: AbortSignal): void {
  program
    .command('up')
    .description('build what is missing and bring all hosts up, from a clean state')
    .option('--no-agents', 'leave regent out')
    .action(async (options: { agents: boolean }) => {
      await withBedLock(() => upOrNothing(options.agents, signal));
      progress('up: done');
    });
  program
    .command('down')
    .description('remove hosts, network and work files; the cached image stays')
    .action(async () => {
      await withBedLock(() => bedDown(progress));
      progress('down: done');
    });
  program
    .command('purge')
    .description('down, and remove the cached image and data as well')
    .action(async () => {
      await withBedLock(async () => {
        await bedDown(progress);
        await removeCache();
      });
      progress('purge: done');
    });
}

function addLookingAround(program: Command): void {
  program
    .command('status')
    .description('hosts, databases, addresses and cuts')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const status = await bedStatus();
      console.log(options.json === true ? JSON.stringify(status, null, 2) : formatStatus(status).join('\n'));
    });
  program
    .command('exec <host> <command...>')
    .description('run a command inside a host (a shell: exec HOST bash)')
    .passThroughOptions()
    .action((host: string, command: string[]) => inHost(host, command));
  program
    .command('logs [host] [unit]')
    .description('the journal of a host, or the warnings of all hosts')
    .option('-f, --follow', 'go on until interrupted')
    .option('-n, --lines <count>', 'how many of the last lines', '200')
    .action((host: string | undefined, unit: string | undefined, options: { follow?: boolean; lines: string }) =>
      logs(host, unit, options),
    );
}

function addFaults(program: Command): void {
  program
    .command('cut <a> <b>')
    .description('drop everything between two hosts, clients or sites; `world` is everybody else')
    .option('--one-way', 'only what the first sends to the second')
    .action((a: string, b: string, options: { oneWay?: boolean }) => cut(a, b, { oneWay: options.oneWay === true }));
  program.command('heal').description('remove all cuts').action(heal);
  program
    .command('freeze <host>')
    .description('stop all processes of a host at once')
    .action((host: string) => freeze(host));
  program
    .command('thaw <host>')
    .description('let a frozen host go on')
    .action((host: string) => thaw(host));
  program
    .command('kill <host> <unit>')
    .description('kill -9 all processes of a unit')
    .action((host: string, unit: string) => killUnit(host, unit));
}

/** An interrupted `up` leaves nothing; one that failed leaves what there is, to be looked at. */
async function upOrNothing(agents: boolean, signal: AbortSignal): Promise<void> {
  try {
    await bedUp({ progress, agents, signal });
    if (agents) await applyPolicies(progress);
  } catch (error) {
    if (!signal.aborted) throw error;
    progress('up: interrupted, removing what is there');
    await bedDown(progress);
    throw signal.reason;
  }
}

async function logs(host: string | undefined, unit: string | undefined, options: { follow?: boolean; lines: string }) {
  const common = ['journalctl', '--no-pager', `--lines=${options.lines}`];
  if (host !== undefined) {
    const chosen = [
      ...(unit === undefined ? [] : [`--unit=${unit}`]),
      ...(options.follow === true ? ['--follow'] : []),
    ];
    await inHost(host, [...common, ...chosen]);
    return;
  }
  for (const each of HOSTS) {
    console.log(`--- ${each.name}`);
    await inHost(each.name, [...common, '--priority=warning']);
  }
}

async function inHost(host: string, command: readonly string[]): Promise<void> {
  const [file, ...argv] = [...(await entry(host)), ...command];
  const child = spawn(file ?? 'false', argv, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? EXIT_FAILED;
}

async function main(): Promise<void> {
  const interruption = new AbortController();
  // `on`, not `once`: the child process library ends this process when it is the only listener left.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
  }
  try {
    await createProgram(interruption.signal).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    process.stderr.write(`bed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error, interruption.signal);
  }
}

function exitCodeOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return EXIT_INTERRUPTED;
  return error instanceof RangeError ? EXIT_USAGE : EXIT_FAILED;
}

await main();
