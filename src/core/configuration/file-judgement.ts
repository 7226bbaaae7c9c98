/**
 * Judges one configuration file of a service: the edits that point it at the wanted Keystone, and everything that names a
 * Keystone and is left alone. Options are found by the table's names and by the declared Keystones' host and port; a file
 * that is not understood to its end is not edited at all.
 */
import { applyEdits, type Edit } from './edit.ts';
import { judgeHost } from './host-judgement.ts';
import type { IniOption, ReadIni } from './ini-file.ts';
import { readKeyed } from './keyed-reader.ts';
import { judgeUnknown, judgeUrl, judgeUrls, type OptionJudgement, type WantedKeystone } from './option-judgement.ts';
import { readOslo } from './oslo-reader.ts';
import { readPaste } from './paste-reader.ts';
import type { FileFormat, ServiceRow } from './service-row.ts';
import { knownOption } from './service-table.ts';

/** One option that would be given another value. */
export interface OptionChange {
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly section: string;
  readonly option: string;
  readonly before: string;
  readonly after: string;
}

export interface FileJudgement {
  readonly edits: readonly Edit[];
  readonly changes: readonly OptionChange[];
  /** Sentences about what was left alone. */
  readonly leftover: readonly string[];
  /** Why the file as a whole is left alone, undefined for one that is understood. */
  readonly notUnderstood: string | undefined;
}

const READERS: Readonly<Record<Exclude<FileFormat, 'dashboard'>, (text: string) => ReadIni>> = {
  oslo: readOslo,
  paste: readPaste,
  keyed: readKeyed,
};

/** @param text - the file, decoded; what cannot be decoded is `notUnderstood` before it comes here */
export function judgeFile(
  row: ServiceRow,
  format: Exclude<FileFormat, 'dashboard'>,
  text: string,
  wanted: WantedKeystone,
): FileJudgement {
  const why = whatNoReaderReads(text);
  const read: ReadIni = why === undefined ? READERS[format](text) : { ok: false, detail: why };
  if (!read.ok) return { edits: [], changes: [], leftover: [], notUnderstood: read.detail };
  const judged = read.options.map((option) => ({ option, ...judge(row, option, read.options, wanted) }));
  const edits = judged.flatMap((each) => each.edits);
  return {
    edits,
    changes: changesOf(text, read.options, edits),
    leftover: judged.flatMap(({ option, leftover }) =>
      leftover === undefined ? [] : [`${nameOf(option)} ${leftover}`],
    ),
    notUnderstood: undefined,
  };
}

/** Python reads a byte order mark as a part of the first line, and then refuses that line. */
function whatNoReaderReads(text: string): string | undefined {
  if (text.startsWith('\ufeff')) return 'begins with a byte order mark';
  return text.includes('\0') ? 'holds a NUL' : undefined;
}

function judge(
  row: ServiceRow,
  option: IniOption,
  options: readonly IniOption[],
  wanted: WantedKeystone,
): OptionJudgement {
  switch (knownOption(row, option.section, option.name)?.kind) {
    case 'url':
      return judgeUrl(option, wanted);
    case 'urls':
      return judgeUrls(option, wanted);
    case 'host':
      return judgeHost(option, options, wanted);
    case undefined:
      return judgeUnknown(option, wanted);
  }
}

/** What is told of the edits: the whole values, option by option. */
function changesOf(text: string, options: readonly IniOption[], edits: readonly Edit[]): readonly OptionChange[] {
  return options.flatMap(({ section, name, line, pieces }) => {
    const changed = pieces.map(({ start, text: before }) => {
      const inside = edits.filter((edit) => edit.start >= start && edit.start < start + before.length);
      const moved = inside.map((edit) => ({ ...edit, start: edit.start - start }));
      return { before, after: applyEdits(text.slice(start, start + before.length), moved) };
    });
    if (changed.every(({ before, after }) => before === after)) return [];
    const join = (which: 'before' | 'after'): string =>
      changed
        .map((each) => each[which])
        .filter((part) => part !== '')
        .join(' ');
    return [{ line, section, option: name, before: join('before'), after: join('after') }];
  });
}

function nameOf({ section, name, line }: IniOption): string {
  return `line ${line}:${section === '' ? '' : ` [${section}]`}${name === '' ? '' : ` ${name}`}`;
}
