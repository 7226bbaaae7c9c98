/**
 * The demo's result for machines: one document, checked against its schema before it is written. A value that makes no
 * sense for a scenario is null, and so is an outage that did not end.
 */

import { chown, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { scenarioNames } from './scenario.ts';

/** One named check, as it was made. */
export const check = z.strictObject({ name: z.string().min(1), ok: z.boolean(), detail: z.string() });

const scenarioReport = z.strictObject({
  name: z.enum(scenarioNames),
  ok: z.boolean(),
  outageMs: z.number().int().nonnegative().nullable(),
  boundMs: z.number().int().positive().nullable(),
  ackedLost: z.number().int().nonnegative().nullable(),
  dualWritableMs: z.number().int().nonnegative().nullable(),
  checks: z.array(check).min(1),
});

export const demoReport = z.strictObject({ version: z.literal(1), scenarios: z.array(scenarioReport) });

export type ScenarioReport = z.infer<typeof scenarioReport>;
/** The same for a table with names of its own. */
export type ReportOf<Name extends string> = Omit<ScenarioReport, 'name'> & { readonly name: Name };
export type DemoReport = z.infer<typeof demoReport>;

/** The report as text. @throws ZodError when it does not fit its own schema */
export function reportText(scenarios: readonly ScenarioReport[]): string {
  return `${JSON.stringify(demoReport.parse({ version: 1, scenarios }), null, 2)}\n`;
}

/**
 * Writes the report to a path relative to where the user stood; under `sudo` it belongs to the user.
 *
 * @throws Error of the file system
 */
export async function writeReport(file: string, scenarios: readonly ScenarioReport[]): Promise<string> {
  const path = resolve(process.env.REGENT_INVOKED_FROM ?? process.cwd(), file);
  await writeFile(path, reportText(scenarios));
  const owner = Number(process.env.SUDO_UID);
  if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
  return path;
}
