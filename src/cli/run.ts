/**
 * Runs one command: makes its session from the global options, turns what ends it early into a sentence and an exit
 * code, and frees the connections. The only place where errors of commands are caught.
 */
import type { Command } from 'commander';
import { DEFAULT_CONFIG_PATH } from '../runtime/config.ts';
import { isStoreError } from '../store/errors.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailed, Session } from './session.ts';

export type Run = (command: Command, action: (session: Session) => Promise<ExitCode>) => Promise<void>;

interface GlobalOptions {
  readonly json?: true;
  readonly config?: string;
}

/** @param onExit gets the exit code of the command that was run */
export function runner(deps: CliDeps, onExit: (code: ExitCode) => void): Run {
  return async (command, action) => {
    const { json = false, config } = command.optsWithGlobals<GlobalOptions>();
    const path = config ?? deps.environment.REGENT_CONFIG ?? DEFAULT_CONFIG_PATH;
    const session = new Session(deps, { json, config: path });
    try {
      onExit(await action(session));
    } catch (error) {
      const { code, message } = judged(error);
      session.give({ error: message });
      deps.err(`regentctl: ${message}\n`);
      onExit(code);
    } finally {
      await session.end();
    }
  };
}

function judged(error: unknown): { readonly code: ExitCode; readonly message: string } {
  if (error instanceof CommandFailed) return { code: error.exitCode, message: error.message };
  if (isStoreError(error)) {
    const code = error.code === 'Malformed' ? exitCodes.refused : exitCodes.storeUnreachable;
    return { code, message: error.code === 'Malformed' ? error.message : `a store does not answer: ${error.message}` };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: exitCodes.internal, message: `this is a defect: ${message}` };
}
