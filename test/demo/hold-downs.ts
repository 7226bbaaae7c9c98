/**
 * The bed's hold-downs, for people, as its policies have them: how long regent waits there before it believes a fault. An
 * operator's are longer.
 */

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

const POLICIES = `${import.meta.dirname}/../bed/policies`;

const identity = z.object({ isolateAfter: z.string(), returnAfter: z.string() });
const database = z.object({ betweenRegions: z.object({ holdDown: z.string() }) });

/** One sentence for the screen. @throws Error when a policy of the bed cannot be read */
export async function holdDowns(): Promise<string> {
  const { isolateAfter, returnAfter } = identity.parse(await policy('identity-south'));
  const { betweenRegions } = database.parse(await policy('keystone'));
  return `a region is isolated after ${isolateAfter}, returns after ${returnAfter}; another region is promoted after ${betweenRegions.holdDown}`;
}

async function policy(name: string): Promise<unknown> {
  return parse(await readFile(`${POLICIES}/${name}.yaml`, 'utf8'));
}
