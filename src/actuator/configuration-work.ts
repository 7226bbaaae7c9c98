/**
 * Lays out the work of a call, service by service: which files are to be written, which units read them, which files
 * somebody overwrote, and what the grants do not name. Reads only.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Layout } from '../core/configuration/service-row.ts';
import { serviceRow } from '../core/configuration/service-table.ts';
import type { Grants } from '../core/grants.ts';
import type { ServiceChange } from './configuration-change.ts';
import { type FileSearch, type JudgedFile, judgeFiles } from './configuration-files.ts';
import { type ConfigurationRecord, hashOf } from './configuration-record.ts';
import type { DrivenUnit, NodeUnits, RunningUnits } from './configuration-units.ts';

export interface PlannedService {
  readonly service: string;
  readonly files: readonly JudgedFile[];
  readonly change: ServiceChange;
  /** Paths that somebody overwrote with what was put right before: left alone. */
  readonly stubborn: readonly string[];
  readonly obstacles: readonly string[];
}

export type PlannedServices =
  | { readonly ok: true; readonly services: readonly PlannedService[] }
  | { readonly ok: false; readonly detail: string };

/** Only services that this node has: a file of them, or something half done. */
export async function planServices(
  names: readonly string[],
  search: Omit<FileSearch, 'row'>,
  units: NodeUnits,
  record: ConfigurationRecord,
  signal: AbortSignal,
): Promise<PlannedServices> {
  const services: PlannedService[] = [];
  for (const name of names) {
    const row = serviceRow(name);
    if (row === undefined) return { ok: false, detail: `no service of the table: ${JSON.stringify(name)}` };
    const files = await judgeFiles({ ...search, row });
    if (files.length === 0 && record.halfDone(name) === undefined) continue;
    const running = await units.running(row, search.layout, signal);
    if (!running.ok) return running;
    const plan = planned(name, search, files, running, record);
    const readOnly = await readOnlyDirectories(plan.change.files.map(({ path }) => path));
    services.push({ ...plan, obstacles: [...running.obstacles, ...readOnly] });
  }
  return { ok: true, services };
}

/** Lines that are missing in the grants file for the work that there is. */
export function missingGrants(
  services: readonly PlannedService[],
  grants: Grants,
  units: NodeUnits,
  layout: Layout,
): readonly string[] {
  const paths = services.flatMap(({ change }) => change.files.map(({ path }) => path));
  const names = services.flatMap(({ change }) => change.units.map(({ unit }) => unit));
  const line = (key: string, missing: readonly string[]): readonly string[] =>
    missing.length === 0 ? [] : [`${key}: [${[...new Set(missing)].join(', ')}]`];
  return [
    ...line(
      'files',
      paths.filter((path) => !grants.mayWrite(path)),
    ),
    ...line(
      layout === 'kolla' ? 'containers' : 'units',
      names.filter((name) => !units.mayDrive(name, layout)),
    ),
  ];
}

/** systemd's sandbox makes directories read-only that the agent's unit does not name. */
async function readOnlyDirectories(paths: readonly string[]): Promise<readonly string[]> {
  const directories = [...new Set(paths.map((path) => dirname(path)))];
  const may = await Promise.all(
    directories.map((directory) =>
      access(directory, constants.W_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return directories
    .filter((_, index) => may[index] !== true)
    .map(
      (directory) => `${directory} is read-only for regent; put ReadWritePaths=${directory} into a drop-in of its unit`,
    );
}

function planned(
  service: string,
  { layout, wanted }: Omit<FileSearch, 'row'>,
  files: readonly JudgedFile[],
  running: Pick<Extract<RunningUnits, { ok: true }>, 'units' | 'failed'>,
  record: ConfigurationRecord,
): Omit<PlannedService, 'obstacles'> {
  const to = wanted.to.text;
  const halfDone = record.halfDone(service)?.files ?? [];
  const isUnderWay = ({ path, before }: JudgedFile): boolean =>
    halfDone.some((file) => file.path === path && file.before === hashOf(before?.text ?? ''));
  const overwritten = files.filter((file) => !isUnderWay(file) && isOverwritten(file, to, record));
  const stubborn = overwritten.filter(({ path, before }) =>
    record.written(path)?.putRight.includes(hashOf(before?.text ?? '')),
  );
  const toWrite = files.filter(hasAfter).filter((file) => !stubborn.includes(file));
  const isRead = ({ unit, ownFilesOnly }: DrivenUnit): boolean =>
    toWrite.some(({ units: readers }) => (readers === undefined ? !ownFilesOnly : readers.includes(unit)));
  const leftover = files.flatMap((file) => [
    ...(file.notUnderstood === undefined ? [] : [`${file.path} is left alone: ${file.notUnderstood}`]),
    ...file.leftover.map((sentence) => `${file.path}: ${sentence}`),
  ]);
  const failed = toWrite.length === 0 ? [] : running.failed.map((unit) => `${unit} had failed before; start it`);
  const units = running.units.filter(isRead);
  const drift = overwritten.filter((file) => !stubborn.includes(file)).map(({ path }) => path);
  return {
    service,
    files,
    change: { service, layout, to, files: toWrite, units, drift, leftover: [...leftover, ...failed] },
    stubborn: stubborn.map(({ path }) => path),
  };
}

/** It was right for the Keystone that is wanted still, and somebody else made it wrong. */
function isOverwritten({ path, before, after }: JudgedFile, to: string, record: ConfigurationRecord): boolean {
  const written = record.written(path);
  return after !== undefined && written?.to === to && written.content !== hashOf(before?.text ?? '');
}

function hasAfter(file: JudgedFile): file is JudgedFile & { readonly after: string } {
  return file.after !== undefined;
}
