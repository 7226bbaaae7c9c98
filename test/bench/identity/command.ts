/** `npm run bench -- identity`: planned switches of a region's identity route, there and back, under fresh tokens. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { RegionName } from '../../bed/topology.ts';
import { Clients } from '../../demo/client-process.ts';
import { leadToOwn, nodesOf, routeByFiles, routeByProxy } from '../../demo/files/file-route.ts';
import { rolloutSeen } from '../../demo/files/rollout.ts';
import { filesOf, putBack } from '../../demo/files/service-files.ts';
import { writeFigures } from '../database/command.ts';
import { onBed } from '../on-bed.ts';
import { type AnyRun, identityBench, identityLines } from './figures.ts';
import { fileKinds, filesOnce } from './files-run.ts';
import { switchKinds, switchOnce } from './switch-run.ts';

/** On a fresh bed the primary is in the other one. */
const REGION: RegionName = 'south';
const HOME: RegionName = 'north';
const RUNS_DEFAULT = 10;
/** Each restarts services, which takes a while. */
const FILE_RUNS_DEFAULT = 3;
const BETWEEN_MS = 1_000;

export interface IdentityOptions {
  readonly runs: number;
  readonly fileRuns: number;
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
    .option('--file-runs <count>', "how often each by the services' files", wholeNumber, FILE_RUNS_DEFAULT)
    .option('--json <file>', 'write the figures as JSON')
    .option('--keep', 'leave the bed up at the end')
    .option('--wait', 'wait while somebody else uses the bed')
    .action(action);
}

/** Shows what there is also when it is interrupted. @throws as switchOnce and filesOnce do */
export async function measureIdentity(
  { runs, fileRuns, json, keep = false, wait = false }: IdentityOptions,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const done: AnyRun[] = [];
  const measured = async (measure: Promise<AnyRun>, of: string): Promise<void> => {
    const run = await measure;
    done.push(run);
    const { kind, tookMs, requests, failed, load } = run;
    say(`${kind} ${of}: ${tookMs.toFixed(0)} ms, ${failed} of ${requests} failed, load ${load.toFixed(1)}`);
    if (json !== undefined) await writeFigures(json, identityBench(done));
    await delay(BETWEEN_MS, undefined, { signal });
  };
  try {
    await onBed({ say, signal, keep, wait }, async (bed) => {
      const clients = new Clients(bed.secrets);
      try {
        const client = await clients.start({ region: REGION, tasks: ['steadyTokens'] });
        await client.firstSuccess();
        for (let count = 1; count <= runs; count++) {
          for (const kind of switchKinds)
            await measured(switchOnce(kind, { region: REGION, client, signal }), `${count}/${runs}`);
        }
        await byFiles(say, signal, async () => {
          for (let count = 1; count <= fileRuns; count++) {
            for (const kind of fileKinds)
              await measured(filesOnce(kind, { region: REGION, home: HOME, client, signal }), `${count}/${fileRuns}`);
          }
        });
      } finally {
        await clients.stopAll();
      }
    });
  } finally {
    if (done.length > 0) console.log(['', ...identityLines(done), ''].join('\n'));
  }
}

/** The region goes by files meanwhile, and is as before afterwards. */
async function byFiles(say: (line: string) => void, signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  const nodes = nodesOf(REGION);
  const before = await filesOf(nodes);
  try {
    say(`the services of ${REGION} go by their files`);
    const sinceWallMs = Date.now();
    await routeByFiles(REGION);
    await rolloutSeen({ region: REGION, to: HOME, sinceWallMs, signal });
    await leadToOwn(REGION);
    await action();
  } finally {
    await routeByProxy(REGION);
    await putBack(before);
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 9999 is needed.');
  return Number(text);
}
