/** `npm run bench -- identity`: planned switches of a region's identity route, there and back, under fresh tokens. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { RegionName } from '../../bed/topology.ts';
import { Clients } from '../../demo/client-process.ts';
import { writeFigures } from '../database/command.ts';
import { onBed } from '../on-bed.ts';
import { identityBench, identityLines } from './figures.ts';
import { type SwitchRun, switchKinds, switchOnce } from './switch-run.ts';

/** On a fresh bed the primary is in the other one. */
const REGION: RegionName = 'south';
const RUNS_DEFAULT = 10;
const BETWEEN_MS = 1_000;

export interface IdentityOptions {
  readonly runs: number;
  readonly json?: string;
  readonly keep?: boolean;
  readonly wait?: boolean;
}

/** Adds the words; `action` runs what they ask for. */
export function addIdentityBench(program: Command, action: (options: IdentityOptions) => Promise<void>): void {
  program
    .command('identity')
    .description("planned switches of a region to its own Keystones and back, as its services' tokens feel them")
    .option('--runs <count>', 'how often each', wholeNumber, RUNS_DEFAULT)
    .option('--json <file>', 'write the figures as JSON')
    .option('--keep', 'leave the bed up at the end')
    .option('--wait', 'wait while somebody else uses the bed')
    .action(action);
}

/** Shows what there is also when it is interrupted. @throws as switchOnce does */
export async function measureIdentity(
  { runs, json, keep = false, wait = false }: IdentityOptions,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const done: SwitchRun[] = [];
  try {
    await onBed({ say, signal, keep, wait }, async (bed) => {
      const clients = new Clients(bed.secrets);
      try {
        const client = await clients.start({ region: REGION, tasks: ['steadyTokens'] });
        await client.firstSuccess();
        for (let count = 1; count <= runs; count++) {
          for (const kind of switchKinds) {
            const run = await switchOnce(kind, { region: REGION, client, signal });
            done.push(run);
            const { tookMs, requests, failed, load } = run;
            say(
              `${kind} ${count}/${runs}: ${tookMs.toFixed(0)} ms, ${failed} of ${requests} failed, load ${load.toFixed(1)}`,
            );
            if (json !== undefined) await writeFigures(json, identityBench(done));
            await delay(BETWEEN_MS, undefined, { signal });
          }
        }
      } finally {
        await clients.stopAll();
      }
    });
  } finally {
    if (done.length > 0) console.log(['', ...identityLines(done), ''].join('\n'));
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 9999 is needed.');
  return Number(text);
}
