/**
 * Installs regent on every host exactly as the README tells an operator to: the commands under "Install on a node" are
 * taken from there and run, so that a wrong instruction fails the bed. Only configuration, secrets and certificates are
 * written beforehand, as an operator would. The tree itself is at /opt/regent already.
 */

import { readFile } from 'node:fs/promises';
import { AGENT_PKI, agentFiles } from './agent-config.ts';
import { onEveryHost } from './every-host.ts';
import { execHost } from './exec.ts';
import { CLONE, writeFiles } from './machine.ts';
import { nodePki } from './node-pki.ts';
import type { Progress } from './progress.ts';
import type { Seed } from './seed.ts';
import { type Host, PORTS } from './topology.ts';
import { type Attempt, waitUntil } from './wait.ts';

export const AGENT_UNIT = 'regent-agent.service';

const HEADING = 'Install on a node';
const INSTALL_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 60_000;

/**
 * Installs and starts regent on all hosts and waits until every agent says that it is ready.
 *
 * @throws Error when the README has no such steps, a step fails, or an agent does not become ready
 */
export async function installAgents(seed: Seed, progress: Progress, signal?: AbortSignal): Promise<void> {
  const steps = installSteps(await readFile(`${CLONE}/README.md`, 'utf8').catch(() => ''));
  await onEveryHost((host) => install(host, seed, steps));
  progress('up: regent installed on every host by the steps of the README');
  const options = { timeoutMs: READY_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  await onEveryHost((host) => waitUntil(`agent on ${host.name}`, options, () => isReady(host)));
  progress('up: all agents are ready');
}

/**
 * The shell commands that the README gives under "Install on a node": the first `sh` block after that heading, which must
 * come before the next heading of the same or a higher level.
 *
 * @throws Error when there is no such heading or no such block
 */
export function installSteps(readme: string): string {
  const heading = new RegExp(`^(#+) ${HEADING}\\s*$`, 'm').exec(readme);
  if (heading === null)
    throw new Error(`README.md has no heading "${HEADING}"; its commands install regent on the bed`);
  const after = readme.slice(heading.index + heading[0].length);
  const level = heading[1]?.length ?? 1;
  const block = /^```sh\n([\s\S]*?)^```$/m.exec(after);
  const next = new RegExp(`^#{1,${level}} `, 'm').exec(withoutBlocks(after));
  if (block === null || (next !== null && next.index < block.index)) {
    throw new Error(`README.md has no \`\`\`sh block under "${HEADING}"`);
  }
  return block[1] ?? '';
}

/** The same text with code blocks blanked, so that a comment in a shell script is not taken for a heading. */
function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ' '));
}

async function install(host: Host, seed: Seed, steps: string): Promise<void> {
  await writeFiles(host.name, await nodePki(host, seed, AGENT_PKI, 'root'));
  await writeFiles(host.name, agentFiles(host, seed.secrets));
  const shell = ['env', '--chdir=/opt/regent', 'bash', '-euo', 'pipefail', '-s'];
  const outcome = await execHost(host.name, shell, { input: steps, timeoutMs: INSTALL_TIMEOUT_MS });
  if (outcome.code === 0) return;
  const said = `${outcome.stderr.trim().slice(-400)}\n${await agentWords(host)}`;
  throw new Error(`installing regent on ${host.name} failed (${outcome.code}): ${said}`);
}

/** The end of the agent's own journal, for messages about a failure. */
async function agentWords(host: Host): Promise<string> {
  const argv = ['journalctl', '--no-pager', '--output=cat', '--lines=12', `--unit=${AGENT_UNIT}`];
  return (await execHost(host.name, argv)).stdout.trim();
}

async function isReady(host: Host): Promise<Attempt> {
  const url = `http://${host.address}:${PORTS.agentHttp}/readyz`;
  const answer = await execHost(host.name, ['curl', '-sS', '--max-time', '2', '-w', '%{stderr}%{http_code}', url]);
  return { ok: answer.stderr.trim() === '200', detail: `${answer.stderr.trim()} ${answer.stdout.trim()}` };
}
