/**
 * What a configuration file says, with the place of every value: an option is known by section and name, and its value
 * by the pieces of text that make it up, so that a part of a value can be replaced and everything else stays as it is.
 */

/** A part of a value: what stands on one line, without the blanks and quotes around it. */
export interface IniPiece {
  /** Index of its first character in the whole text. */
  readonly start: number;
  readonly text: string;
}

export interface IniOption {
  /** Without the brackets; empty in files that have no sections. */
  readonly section: string;
  readonly name: string;
  /** 1 for the first line of the file. */
  readonly line: number;
  /** The first line's piece, which may be empty, then one for each continuation line. */
  readonly pieces: readonly IniPiece[];
}

/** An option that is given twice is there twice, in the order of the file. */
export type ReadIni =
  | { readonly ok: true; readonly options: readonly IniOption[] }
  | { readonly ok: false; readonly detail: string };

export interface Line {
  /** Index of its first character in the whole text. */
  readonly start: number;
  /** Without its end. */
  readonly text: string;
}

/** What Python's `str.isspace` says of one character (Python 3.11); JavaScript's own list differs in six of them. */
const BLANKS = new Set([
  ...Array.from('\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000'),
  ...Array.from('\u001c\u001d\u001e\u001f'),
  ...Array.from('\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'),
]);

/** The lines of a text as Python's text files give them: ended by LF, CR LF or CR. */
export function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const end of text.matchAll(/\r\n|\r|\n/g)) {
    lines.push({ start, text: text.slice(start, end.index) });
    start = end.index + end[0].length;
  }
  return start < text.length ? [...lines, { start, text: text.slice(start) }] : lines;
}

/** The piece of `line` from `from` to `to`, without the blanks at both ends. */
export function pieceOf(line: Line, from = 0, to = line.text.length): IniPiece {
  let [first, last] = [from, to];
  while (first < last && isBlank(line.text[last - 1])) last--;
  while (first < last && isBlank(line.text[first])) first++;
  return { start: line.start + first, text: line.text.slice(first, last) };
}

/** The place of the first `=` or `:`, undefined without one. */
export function delimiterIn(text: string): number | undefined {
  const at = text.search(/[=:]/);
  return at === -1 ? undefined : at;
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && BLANKS.has(character);
}
