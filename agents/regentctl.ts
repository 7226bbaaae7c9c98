/** The entry point of regentctl: one run of the command line, ended early by SIGINT and SIGTERM. No rules. */
import { readFile } from 'node:fs/promises';
import { systemDeps } from '../src/cli/deps.ts';
import { runCli } from '../src/cli/program.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
process.exitCode = await runCli(process.argv.slice(2), version, systemDeps(interrupted.signal));
