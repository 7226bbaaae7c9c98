/**
 * Reads what Python's ConfigParser reads, which is the grammar of paste's pipelines, of Swift and, near enough, of Ceph:
 * a line continues a value if it is indented deeper than the option, comments may be indented, blank lines do not end a
 * value, quotes are part of it (Python 3.11, `configparser.py`). Paste's `set NAME = …`, which overrides a default of the
 * file, is the option NAME.
 */
import { delimiterIn, type IniOption, type IniPiece, type Line, linesOf, pieceOf, type ReadIni } from './ini-file.ts';

interface Open {
  readonly section: string;
  readonly name: string;
  readonly line: number;
  readonly pieces: IniPiece[];
}

/** @returns the options, or the first line that ConfigParser would refuse */
export function readPaste(text: string): ReadIni {
  const options: IniOption[] = [];
  let section: string | undefined;
  let open: Open | undefined;
  let indent = 0;
  for (const [index, line] of linesOf(text).entries()) {
    const refused = (why: string): ReadIni => ({ ok: false, detail: `line ${index + 1}: ${why}` });
    const whole = pieceOf(line);
    if (whole.text === '' || /^[#;]/.test(whole.text)) continue;
    const indentHere = whole.start - line.start;
    if (open !== undefined && indentHere > indent) {
      open.pieces.push(whole);
      continue;
    }
    indent = indentHere;
    const header = /^\[(.+)\]/.exec(whole.text)?.[1];
    if (header !== undefined) {
      section = header;
      open = undefined;
      continue;
    }
    if (section === undefined) return refused('stands outside any section');
    open = assignment(line, whole, section, index + 1);
    if (open === undefined) return refused('is neither a section, an option nor a comment');
    options.push(open);
  }
  return { ok: true, options };
}

function assignment(line: Line, whole: IniPiece, section: string, number: number): Open | undefined {
  const at = delimiterIn(whole.text);
  if (at === undefined || at === 0) return undefined;
  const from = whole.start - line.start;
  const name = pieceOf(line, from, from + at).text.replace(/^set\s+/, '');
  return name === '' ? undefined : { section, name, line: number, pieces: [pieceOf(line, from + at + 1)] };
}
