/**
 * Reads files of one option a line that are no INI files: the plain scalars of a YAML file, and the variables of a shell
 * script such as an openrc. Everything else, a line of another form, is one option without a name: it can be searched,
 * and is never edited.
 */
import { type IniOption, type IniPiece, type Line, linesOf, pieceOf, type ReadIni } from './ini-file.ts';

/** `auth_url: URL`, `- auth_url: "URL"  # why`, `export OS_AUTH_URL='URL'`. */
const KEYED = /^\s*(?:-\s+)?(?:export\s+)?([A-Za-z_][\w.-]*)(?:\s*:(?=\s|$)|=)\s*(.*)$/;

/** Never fails: a line that has no key has no name. */
export function readKeyed(text: string): ReadIni {
  const options = linesOf(text).flatMap((line, index): readonly IniOption[] => {
    const whole = pieceOf(line);
    if (whole.text === '' || whole.text.startsWith('#')) return [];
    return [{ section: '', line: index + 1, ...keyed(line, whole) }];
  });
  return { ok: true, options };
}

function keyed(line: Line, whole: IniPiece): Pick<IniOption, 'name' | 'pieces'> {
  const found = KEYED.exec(line.text);
  if (found === null) return { name: '', pieces: [whole] };
  const [, name = '', rest = ''] = found;
  return { name, pieces: [scalar(line, line.text.length - rest.length)] };
}

/** A quoted text, or everything up to a comment. */
function scalar(line: Line, from: number): IniPiece {
  const rest = line.text.slice(from);
  const quoted = /^(["'])([^"'\\]*)\1(?=\s*(#|$))/.exec(rest)?.[2];
  if (quoted !== undefined) return { start: line.start + from + 1, text: quoted };
  const comment = /\s#/.exec(rest)?.index ?? rest.length;
  return pieceOf(line, from, from + comment);
}
