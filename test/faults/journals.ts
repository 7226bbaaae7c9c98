/** Saves what is needed to understand a broken row before the bed goes: every host's journal, regent's own events, the client's attempts. */

import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { execHost } from '../bed/exec.ts';
import { HOSTS } from '../bed/topology.ts';
import type { Sample } from '../demo/sample.ts';

const COMMANDS = {
  'journal.log': ['journalctl', '--no-pager', '--output=short-precise', '--lines=4000'],
  'events.jsonl': ['sh', '-c', 'cat /var/lib/regent/events*.jsonl'],
} as const;

/** @returns the directory */
export async function saveJournals(directory: string, samples: readonly Sample[]): Promise<string> {
  const path = resolve(process.env.REGENT_INVOKED_FROM ?? process.cwd(), directory);
  await mkdir(path, { recursive: true });
  await writeFile(`${path}/samples.jsonl`, samples.map((each) => `${JSON.stringify(each)}\n`).join(''));
  for (const { name } of HOSTS) {
    for (const [file, argv] of Object.entries(COMMANDS)) {
      const { stdout, stderr } = await execHost(name, argv);
      await writeFile(`${path}/${name}-${file}`, stdout === '' ? stderr : stdout);
    }
  }
  return path;
}
