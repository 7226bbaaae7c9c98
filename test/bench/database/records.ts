/**
 * The runs of the database benchmark as they are kept: one line of JSON each, appended when the run has ended, so that an
 * interruption loses the run that it interrupts and nothing else.
 */

import { appendFile, chown, mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

const ms = z.number().int().nonnegative();

const runRecord = z.strictObject({
  fault: z.string().min(1),
  /** Wall time of the fault, ISO 8601. */
  at: z.iso.datetime(),
  /** The machine's load average of the minute before. */
  load: z.number().nonnegative(),
  /** The longest time without an acknowledged write since the fault; null when it did not end. */
  silenceMs: ms.nullable(),
  /** The same in the seconds before the fault, when nothing was wrong. */
  healthyMs: ms,
  /** Acknowledged writes that are missing; null when the cloud did not come to rest. */
  ackedLost: ms.nullable(),
  dualWritableMs: ms,
  /** What moved although nothing may; empty otherwise. */
  moved: z.array(z.string()).readonly(),
  /** What regent did when, in ms after the fault, to see where the time goes. */
  steps: z.array(z.strictObject({ name: z.string(), node: z.string(), afterMs: z.number().int() })).readonly(),
});

export type RunRecord = Readonly<z.infer<typeof runRecord>>;

/** A path relative to where the user stood. */
export function userPath(file: string): string {
  return resolve(process.env.REGENT_INVOKED_FROM ?? process.cwd(), file);
}

/** Appends one run; under `sudo` the file belongs to the user. @throws ZodError when it does not fit its own schema */
export async function appendRecord(path: string, record: RunRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(runRecord.parse(record))}\n`);
  const owner = Number(process.env.SUDO_UID);
  if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
}

/** @throws Error when the file cannot be read, ZodError when a line is no run */
export async function readRecords(path: string): Promise<readonly RunRecord[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => runRecord.parse(JSON.parse(line)));
}
