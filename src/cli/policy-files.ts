/** Policy files of the command line: read, parsed, and their problems printed the same way by every command. */
import type { Policy, PolicyProblem } from '../core/policy.ts';
import { problemText } from '../policy/admit.ts';
import { parsePolicy } from '../policy/parse.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed, type Session } from './session.ts';

export interface PolicyFile {
  readonly file: string;
  readonly text: string;
  readonly parsed: ReturnType<typeof parsePolicy>;
}

/** A file whose text is a policy. */
export interface GoodFile {
  readonly file: string;
  readonly text: string;
  readonly policy: Policy;
}

export interface FileVerdict {
  readonly file: string;
  readonly name: string | undefined;
  readonly problems: readonly PolicyProblem[];
}

/** @throws CommandFailed if a file cannot be read */
export async function readPolicyFiles(session: Session, files: readonly string[]): Promise<readonly PolicyFile[]> {
  return await Promise.all(
    files.map(async (file) => {
      try {
        const text = await session.deps.readText(file);
        return { file, text, parsed: parsePolicy(text) };
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new CommandFailed(exitCodes.usage, `${file} cannot be read: ${message}`, cause);
      }
    }),
  );
}

/** Databases first: routes refer to them. */
export function goodFiles(files: readonly PolicyFile[]): readonly GoodFile[] {
  const good = files.flatMap(({ file, text, parsed }) => (parsed.ok ? [{ file, text, policy: parsed.policy }] : []));
  const isDatabase = ({ policy }: GoodFile) => policy.kind === 'DatabaseFailover';
  return [...good.filter(isDatabase), ...good.filter((each) => !isDatabase(each))];
}

/** What is wrong with the files that are no policies at all. */
export function unreadable(files: readonly PolicyFile[]): readonly FileVerdict[] {
  return files.flatMap(({ file, parsed }) => (parsed.ok ? [] : [{ file, name: undefined, problems: parsed.problems }]));
}

export function sayVerdict(session: Session, { file, name, problems }: FileVerdict): void {
  const { good, bad } = session.colours;
  if (problems.length === 0) session.say(`${good('ok')}      ${file}: ${name ?? ''}`);
  else session.say(`${bad('refused')} ${file}`);
  for (const each of problems) session.say(`  ${problemText(each)}`);
}
