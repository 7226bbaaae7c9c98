/**
 * Reads what oslo.config reads, by its grammar to the letter (`oslo_config/iniparser.py`, 9.0.0): an option ends at its
 * first `=` or `:`, a line that begins with a blank continues the value before it, a blank line or a comment ends it,
 * quotes count on the first line only. A file that oslo.config refuses is not understood, because the service that has
 * it does not start either.
 */
import { delimiterIn, type IniOption, type IniPiece, type Line, linesOf, pieceOf, type ReadIni } from './ini-file.ts';

interface Open {
  readonly name: string;
  readonly line: number;
  readonly pieces: IniPiece[];
}

/** @returns the options, or the first line that oslo.config would refuse */
export function readOslo(text: string): ReadIni {
  const options: IniOption[] = [];
  let section: string | undefined;
  let open: Open | undefined;
  for (const [index, line] of linesOf(text).entries()) {
    const refused = (why: string): ReadIni => ({ ok: false, detail: `line ${index + 1}: ${why}` });
    const whole = pieceOf(line);
    if (whole.text !== '' && /^[ \t]/.test(line.text)) {
      if (open === undefined) return refused('continues no option');
      open.pieces.push(whole);
      continue;
    }
    if (open !== undefined) {
      if (section === undefined) return refused('stands after an option outside any section');
      options.push({ section, ...open });
      open = undefined;
    }
    const content = line.text.slice(0, whole.start + whole.text.length - line.start);
    if (whole.text === '') continue;
    if (content.startsWith('[')) {
      if (!content.endsWith(']') || content.length <= 2) return refused('begins a section without a name or an end');
      section = content.slice(1, -1);
    } else if (!/^[#;]/.test(content)) {
      const read = assignment(line, index + 1);
      if (read === undefined) return refused('is neither a section, an option nor a comment');
      open = read;
    }
  }
  if (open === undefined) return { ok: true, options };
  if (section === undefined) return { ok: false, detail: 'an option stands outside any section' };
  return { ok: true, options: [...options, { section, ...open }] };
}

function assignment(line: Line, number: number): Open | undefined {
  const at = delimiterIn(line.text);
  if (at === undefined) return undefined;
  const name = pieceOf(line, 0, at).text;
  return name === '' ? undefined : { name, line: number, pieces: [withoutQuotes(pieceOf(line, at + 1))] };
}

function withoutQuotes(piece: IniPiece): IniPiece {
  const { start, text } = piece;
  return /^["']/.test(text) && text[0] === text.at(-1) ? { start: start + 1, text: text.slice(1, -1) } : piece;
}
