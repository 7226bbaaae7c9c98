/**
 * Changes one service of this node: keeps copies, writes, restarts one unit after the other, asks whether the service
 * works, and undoes all of it if anything of that fails. Every step can be the last one of this process: the record says
 * that the service is half done, and the next call goes on from what it finds (I10).
 */
import type { Layout } from '../core/configuration/service-row.ts';
import type { Grants } from '../core/grants.ts';
import { readIfPresent, removeGranted, writeGranted } from './atomic-file.ts';
import { type ServiceOutcome, TimeIsOver, type VerifyService } from './configuration.ts';
import type { JudgedFile } from './configuration-files.ts';
import {
  type ChangedFileRecord,
  type ConfigurationRecord,
  type HalfDoneService,
  hashOf,
} from './configuration-record.ts';
import type { DrivenUnit, NodeUnits } from './configuration-units.ts';

/** What is to be done for one service. */
export interface ServiceChange {
  readonly service: string;
  readonly layout: Layout;
  /** Base URL of the wanted Keystone. */
  readonly to: string;
  /** Only those that have an `after`. */
  readonly files: readonly (JudgedFile & { readonly after: string })[];
  /** Those that run and read one of the files. */
  readonly units: readonly DrivenUnit[];
  /** Paths that somebody overwrote, to be put right once. */
  readonly drift: readonly string[];
  readonly leftover: readonly string[];
}

export interface ChangeDeps {
  readonly grants: Grants;
  readonly record: ConfigurationRecord;
  readonly units: NodeUnits;
  readonly verify: VerifyService;
}

export type ChangeOutcome =
  | { readonly ok: true; readonly outcome: ServiceOutcome }
  | { readonly ok: false; readonly detail: string };

/** @throws Error when the state directory cannot be written; then nothing of the service was touched, or it can be undone */
export async function changeService(
  change: ServiceChange,
  deps: ChangeDeps,
  signal: AbortSignal,
): Promise<ChangeOutcome> {
  const { service, to } = change;
  const isResumed = deps.record.halfDone(service) !== undefined;
  const halfDone = await begin(change, deps.record);
  const unwritten = await write(change, deps.grants, signal);
  const complaint = unwritten ?? (await restart(change, halfDone, deps, signal));
  if (isEnding(signal)) return { ok: false, detail: `${service}: interrupted; the next call goes on` };
  if (complaint !== undefined || signal.aborted) {
    const stale = unwritten === undefined || isResumed ? halfDone.units : [];
    const why = signal.aborted ? String(signal.reason.message) : (complaint ?? '');
    return undo(change, { ...halfDone, units: stale }, why, deps, withoutTimeLimit(signal));
  }
  for (const { path } of halfDone.files) {
    const text = await readIfPresent(path);
    if (text !== undefined) await deps.record.note(path, to, text);
  }
  await deps.record.end(service);
  const outcome = {
    service,
    files: halfDone.files.map(({ path }) => path),
    units: halfDone.units.map(({ unit }) => unit),
    leftover: change.leftover,
  };
  return { ok: true, outcome };
}

/** This process ends: whatever is half done is the next one's. */
function isEnding(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof TimeIsOver);
}

/** An undo is not given up because the time for the change is over; its commands have limits of their own. */
function withoutTimeLimit(signal: AbortSignal): AbortSignal {
  const ending = new AbortController();
  signal.addEventListener('abort', () => {
    if (isEnding(signal)) ending.abort(signal.reason);
  });
  return ending.signal;
}

/** Copies first, then the record, then nothing else before both are on disk. */
async function begin({ service, to, files, units, drift }: ServiceChange, record: ConfigurationRecord) {
  const standing = record.halfDone(service);
  if (standing === undefined) await record.dropCopies(service);
  const kept = new Map((standing?.files ?? []).map((file) => [file.path, file]));
  for (const { path, before, after } of files) {
    const known = kept.get(path);
    const isOwn = known !== undefined && [known.before, known.after].includes(hashOf(before?.text ?? ''));
    kept.set(path, isOwn ? { ...known, after: hashOf(after) } : await record.keep(service, path, before, after));
  }
  const before = standing?.units ?? [];
  const added = units
    .filter(({ unit }) => !before.some((each) => each.unit === unit))
    .map(({ unit, how }) => ({ unit, how }));
  const halfDone: HalfDoneService = { to, files: [...kept.values()], units: [...before, ...added] };
  const putRight = files.filter(({ path }) => drift.includes(path));
  await record.begin(service, halfDone, new Map(putRight.map(({ path, before }) => [path, before?.text ?? ''])));
  return halfDone;
}

/** @returns undefined when all files are written */
async function write({ files }: ServiceChange, grants: Grants, signal: AbortSignal): Promise<string | undefined> {
  for (const { path, before, after } of files) {
    if (signal.aborted) return 'interrupted';
    if ((await readIfPresent(path)) !== before?.text) return `${path} was changed by somebody else in this moment`;
    const { mode, uid, gid } = before ?? { mode: 0o644, uid: 0, gid: 0 };
    const written = await writeGranted(grants, { path, content: after, mode, uid, gid });
    if (!written.ok) return written.detail;
  }
  return undefined;
}

/** @returns undefined when the service works with its files as they are */
async function restart(
  { service, layout }: ServiceChange,
  halfDone: HalfDoneService,
  { units, verify }: ChangeDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const unit of halfDone.units) {
    if (signal.aborted) return 'interrupted';
    const complaint = await units.drive(unit, layout, signal);
    if (complaint !== undefined) return complaint;
  }
  if (halfDone.units.length === 0 || signal.aborted) return undefined;
  const complaint = await verify(service, signal);
  if (complaint !== undefined) return complaint;
  for (const { unit } of halfDone.units) {
    const stopped = await units.complaint(unit, layout, signal);
    if (stopped !== undefined) return stopped;
  }
  return undefined;
}

/** Puts the copies back and restarts everything with them, as far as that goes. */
async function undo(
  { service, layout }: ServiceChange,
  { files, units }: HalfDoneService,
  why: string,
  deps: ChangeDeps,
  signal: AbortSignal,
): Promise<ChangeOutcome> {
  const complaints: string[] = [];
  for (const file of files) complaints.push(...(await putBack(file, deps.grants)));
  for (const unit of units) {
    const complaint = await deps.units.drive(unit, layout, signal);
    if (complaint !== undefined) complaints.push(complaint);
  }
  if (signal.aborted) return { ok: false, detail: `${service}: ${why}; interrupted while it was undone` };
  const restarted = units.length === 0 ? '' : `, and ${units.map(({ unit }) => unit).join(', ')} restarted with them`;
  if (complaints.length > 0)
    return { ok: false, detail: `${service}: ${why}; not all of it could be undone: ${complaints.join('; ')}` };
  await deps.record.end(service);
  return { ok: false, detail: `${service}: ${why}; its files are as they were before${restarted}` };
}

/** @returns complaints; a file that somebody else has changed meanwhile is theirs */
async function putBack(file: ChangedFileRecord, grants: Grants): Promise<readonly string[]> {
  const { path, copy, mode, uid, gid } = file;
  const now = await readIfPresent(path);
  if (now === undefined ? copy === null : hashOf(now) === file.before && copy !== null) return [];
  if (now === undefined || hashOf(now) !== file.after) return [`${path} was changed by somebody else meanwhile`];
  if (copy === null) {
    const removed = await removeGranted(grants, path);
    return removed.ok ? [] : [removed.detail];
  }
  const content = await readIfPresent(copy);
  if (content === undefined || hashOf(content) !== file.before) return [`the copy ${copy} of ${path} is gone`];
  const written = await writeGranted(grants, { path, content, mode, uid, gid });
  return written.ok ? [] : [written.detail];
}
