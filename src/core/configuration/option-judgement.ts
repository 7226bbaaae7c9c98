/**
 * Judges one option: what has to be replaced in it so that it names the wanted Keystone, or why it is left alone. Only a
 * plain URL of a declared Keystone is replaced; nothing else of the value is touched. Sentences never repeat a value that
 * could hold a password.
 */
import type { Edit } from './edit.ts';
import type { IniOption, IniPiece } from './ini-file.ts';
import { type FoundUrl, type KeystoneBase, keystoneOf, mentions, urlsIn } from './keystone-url.ts';

/** The Keystones that a value may name, and the one that it should. */
export interface WantedKeystone {
  readonly from: readonly KeystoneBase[];
  readonly to: KeystoneBase;
}

export interface OptionJudgement {
  readonly edits: readonly Edit[];
  /** Why something was left alone, as the end of a sentence about the option; undefined if there is nothing to say. */
  readonly leftover: string | undefined;
}

const AS_WANTED: OptionJudgement = { edits: [], leftover: undefined };

/** Parts of a value that Python replaces before anybody reads it as an URL. */
const VARIABLE = /\$[{(]?[_a-z]|%\(/i;

/** An option that holds one URL. */
export function judgeUrl({ pieces }: IniOption, wanted: WantedKeystone): OptionJudgement {
  const [piece, ...more] = pieces.filter(({ text }) => text !== '');
  if (piece === undefined) return AS_WANTED;
  const url = more.length === 0 ? plainUrl(piece) : undefined;
  if (url === undefined) return left(notPlain(pieces));
  const keystone = keystoneOf(url, declared(wanted));
  if (keystone === undefined) return left(strangers([url]));
  return isWanted(url, wanted) ? AS_WANTED : { edits: [replace(piece, url, keystone, wanted)], leftover: undefined };
}

/** An option that holds a list of URLs, of which one must be the wanted: the first declared one makes room for it. */
export function judgeUrls({ pieces }: IniOption, wanted: WantedKeystone): OptionJudgement {
  const found = pieces.flatMap((piece) => urlsIn(piece.text).map((url) => ({ piece, url })));
  if (found.some(({ url }) => isWanted(url, wanted))) return AS_WANTED;
  for (const { piece, url } of found) {
    const keystone = keystoneOf(url, declared(wanted));
    if (keystone !== undefined) return { edits: [replace(piece, url, keystone, wanted)], leftover: undefined };
  }
  if (found.length > 0) return left(strangers(found.map(({ url }) => url)));
  return pieces.some(({ text }) => text !== '') ? left(notPlain(pieces)) : AS_WANTED;
}

/** An option that the table does not know: it is never changed, but what it names is told. */
export function judgeUnknown({ pieces }: IniOption, wanted: WantedKeystone): OptionJudgement {
  const named = pieces.flatMap(({ text }) => [
    ...urlsIn(text).flatMap((url) => (isWanted(url, wanted) ? [] : (keystoneOf(url, wanted.from) ?? []))),
    ...wanted.from.filter((keystone) => !isSamePlace(keystone, wanted.to) && mentions(text, keystone)),
  ])[0];
  return named === undefined
    ? AS_WANTED
    : left(`names the Keystone ${named.text}, but is no option that the table knows; change it by hand if it matters`);
}

/** What a known option that is not judged here has to say. */
export function left(leftover: string): OptionJudgement {
  return { edits: [], leftover };
}

/** The end of a sentence about an option that names somebody whom no policy declares. */
export function strangers(urls: readonly Pick<FoundUrl, 'scheme' | 'host' | 'port'>[]): string {
  const names = urls.map(({ scheme, host, port }) => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `names ${names.join(', ')}, which is no declared Keystone`;
}

function plainUrl({ text }: IniPiece): FoundUrl | undefined {
  const [url] = urlsIn(text);
  return url !== undefined && url.start === 0 && url.originLength + url.rest.length === text.length ? url : undefined;
}

function notPlain(pieces: readonly IniPiece[]): string {
  return pieces.some(({ text }) => VARIABLE.test(text))
    ? 'names its Keystone by way of a variable, which is not followed'
    : 'holds no plain URL';
}

function replace(piece: IniPiece, url: FoundUrl, keystone: KeystoneBase, { to }: WantedKeystone): Edit {
  const end = url.start + url.originLength + keystone.path.length;
  return { start: piece.start + url.start, before: piece.text.slice(url.start, end), after: to.text };
}

function isWanted(url: FoundUrl, { from, to }: WantedKeystone): boolean {
  return url.scheme === to.scheme && keystoneOf(url, [to, ...from]) === to;
}

function declared({ from, to }: WantedKeystone): readonly KeystoneBase[] {
  return [to, ...from];
}

function isSamePlace(a: KeystoneBase, b: KeystoneBase): boolean {
  return a.host === b.host && a.port === b.port;
}
