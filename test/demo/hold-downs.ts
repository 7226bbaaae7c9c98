/**
 * What the bed's policies allow, as their texts have it: how long regent waits there before it believes a fault, for people,
 * and how much a promotion into another region may lose. An operator's times are longer.
 */

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { durationMs } from '../../src/policy/duration.ts';

const POLICIES = `${import.meta.dirname}/../bed/policies`;

const identity = z.object({ isolateAfter: z.string(), returnAfter: z.string() });
const database = z.object({ betweenRegions: z.object({ holdDown: z.string(), maxLoss: z.string() }) });

/** One sentence for the screen. @throws Error when a policy of the bed cannot be read */
export async function holdDowns(): Promise<string> {
  const { isolateAfter, returnAfter } = identity.parse(await policy('identity-south'));
  const { betweenRegions } = database.parse(await policy('keystone'));
  return `a region is isolated after ${isolateAfter}, returns after ${returnAfter}; another region is promoted after ${betweenRegions.holdDown}`;
}

/** The loss budget of a promotion into another region, in ms. @throws Error when the policy cannot be read */
export async function lossBudgetMs(): Promise<number> {
  return durationMs(database.parse(await policy('keystone')).betweenRegions.maxLoss);
}

async function policy(name: string): Promise<unknown> {
  return parse(await readFile(`${POLICIES}/${name}.yaml`, 'utf8'));
}
